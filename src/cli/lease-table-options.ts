import { InvalidArgumentError, Option } from 'commander';
import { parseStreamArn, type StreamArn } from '../aws/arn.js';
import {
  defaultApplicationName,
  type GivenTables,
  type KclTables,
  kclTables,
  TABLE_NAME,
  TABLE_NAME_FORM,
} from '../aws/kcl-tables.js';
import { configKeys, environmentName, type SchemaKey } from '../config/config-keys.js';
import { applicationSchema } from '../config/schema.js';
import { TABLE_KEYS } from '../config/table-keys.js';
import { ConfigurationError } from '../errors/errors.js';

/** The options of the commands that look at a lease table without the whole configuration. */
export interface LeaseTableOptions {
  /** A text when it comes from the environment. */
  streamArn?: string | string[];
  applicationName?: string;
  leaseTable?: string;
  regionName?: string;
  leaseTableRegion?: string;
  dynamoDbEndpoint?: string;
}

/** Of the tables that KCL 3.0 to 3.4 made beside it. */
export interface FormerTableOptions {
  coordinatorStateTable?: string;
  workerMetricsTable?: string;
}

/** Where the application is unknown, whose name those of the two other tables begin with. */
export type LeaseTableName = Pick<KclTables, 'lease'>;

export interface LeaseTableTarget {
  readonly streams: readonly StreamArn[];
  /** Undefined where neither a name nor a single stream says it. */
  readonly tables: KclTables | LeaseTableName | undefined;
  /** Of the streams. */
  readonly region: string;
  readonly leaseTableRegion: string;
}

/** @throws ConfigurationError */
export function leaseTableTarget(options: LeaseTableOptions & FormerTableOptions): LeaseTableTarget {
  const streams = [options.streamArn ?? []].flat().map(parse);
  const [first] = streams;
  const application = options.applicationName ?? defaultApplication(streams);
  const name = application ?? options.leaseTable;
  if (!first && name === undefined) {
    throw problem('streamArn', 'is missing; give --stream-arn, or --application-name for its lease table');
  }
  const region =
    first?.region || options.regionName || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
  if (!region) {
    throw problem('regionName', 'is missing; without a stream ARN, give --region-name or AWS_REGION');
  }
  if (!applicationSchema.shape.leaseTableRegion.safeParse(region).success) {
    throw problem('regionName', `'${region}' can't be used; expected a region, like eu-west-1`);
  }
  const other = streams.find((stream) => stream.region !== region);
  if (other)
    throw problem('--stream-arn', `${other.arn} is in another region than ${first?.arn}; ask for each`);
  return {
    streams,
    tables: tablesOf(application, options),
    region,
    leaseTableRegion: options.leaseTableRegion ?? region,
  };
}

function tablesOf(
  application: string | undefined,
  options: LeaseTableOptions & FormerTableOptions,
): LeaseTableTarget['tables'] {
  const given = givenTables(options);
  if (application !== undefined) return kclTables(application, given);
  const { lease, coordinatorState, workerMetrics } = given;
  if (lease === undefined) return undefined;
  if (coordinatorState === undefined || workerMetrics === undefined) return { lease };
  return { lease, coordinatorState, workerMetrics };
}

function givenTables(options: LeaseTableOptions & FormerTableOptions): GivenTables {
  return {
    lease: options.leaseTable,
    coordinatorState: options.coordinatorStateTable,
    workerMetrics: options.workerMetricsTable,
  };
}

/** For a lease table that is not named as the application; its environment variable is that of KCL's tableName. */
export function leaseTableOption(): Option {
  return tableOption('--lease-table <name>', TABLE_KEYS.lease, 'the application');
}

/** Of the coordinator state, and of the workers' metrics. */
export function formerTableOptions(): [Option, Option] {
  return [
    tableOption(
      '--coordinator-state-table <name>',
      TABLE_KEYS.coordinatorState,
      '<application>-CoordinatorState',
    ),
    tableOption('--worker-metrics-table <name>', TABLE_KEYS.workerMetrics, '<application>-WorkerMetricStats'),
  ];
}

function tableOption(flags: string, key: string, otherwise: string): Option {
  return new Option(flags, `KCL's ${key} (default: ${otherwise})`)
    .env(`KCL_${environmentName(key)}`)
    .argParser((text: string) => {
      if (TABLE_NAME.test(text)) return text;
      throw new InvalidArgumentError(`Expected ${TABLE_NAME_FORM}.`);
    });
}

/** The option of a key, with what the schema says of its values. */
export function keyOption(key: SchemaKey, value: string, description?: string): Option {
  const known = configKeys.find((candidate) => candidate.key === key);
  if (!known) throw new Error(`no such key: ${key}`);
  const made = new Option(`${known.flag} ${value}`, description ?? known.description).env(known.environment);
  if (!(key in applicationSchema.shape)) return made; // the stream's ARN, whose parser says more
  return made.argParser((text: string) => {
    const field = applicationSchema.shape[key as keyof typeof applicationSchema.shape];
    if (field.safeParse(text).success) return text;
    throw new InvalidArgumentError(`Expected ${known.expects}.`);
  });
}

export function problem(key: string, message: string): ConfigurationError {
  return new ConfigurationError([{ key, message }]);
}

/** As `start` names it; several streams have none. */
function defaultApplication([stream, ...others]: readonly StreamArn[]): string | undefined {
  if (!stream || others.length > 0) return undefined;
  return defaultApplicationName(stream);
}

function parse(text: string): StreamArn {
  try {
    return parseStreamArn(text);
  } catch (error) {
    throw problem('--stream-arn', (error as Error).message);
  }
}
