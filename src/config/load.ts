import type * as z from 'zod';
import { defaultApplicationName, type KclTables } from '../aws/kcl-tables.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors/errors.js';
import { noteSecretsOf } from '../errors/secrets.js';
import { configKeys, isConfigKey, NUMBERED_KEY } from './config-keys.js';
import { contradictions } from './contradictions.js';
import { isDefaultChain, takeProviders, unusedOptions } from './credentials-providers.js';
import { type Given, malformed, unreadable } from './problems.js';
import { applicationSchema } from './schema.js';
import { fromEnvironment, fromFile, fromFlags, type Source } from './sources.js';
import { readStreams, type StreamSource, toSource } from './streams.js';
import {
  type LeaseWrites,
  leaseWritesOf,
  plainTableKeys,
  tableProblems,
  tableProperties,
  tablesOf,
  unusedTableKeys,
} from './table-keys.js';

type Values = z.output<typeof applicationSchema>;
type Replaced = 'awsCredentialsProvider' | 'retrievalMode' | 'initialPositionInStream';

/** The configuration with everything resolved. It holds no credentials: it may be logged. */
export interface WorkerConfig extends Omit<Values, Replaced> {
  /** In the order of their numbers. */
  streams: readonly [StreamSource, ...StreamSource[]];
  applicationName: string;
  tables: KclTables;
  /** Whether an application of KCL 3.0 to 3.4 is to move to one table: KCL's migrateAllEntitiesToLeaseTable. */
  migratesTables: boolean;
  /** Whether KCL is to turn on the lease table's point-in-time recovery: its leaseTablePitrEnabled. */
  pointInTimeRecovery: boolean;
  leaseWrites: LeaseWrites;
  regionName: string;
  leaseTableRegion: string;
  /** Whether KCL's clients have other credentials or endpoints than this process can know. */
  javaCredentials: boolean;
  /** Undefined when initialPositionInStreamExtended is given instead. */
  initialPositionInStream: Values['initialPositionInStream'] | undefined;
  shardSyncIntervalMillis: number;
  varianceBalancingFrequency: number;
}

export interface ConfigInput {
  /** Path of a Java .properties file. */
  file?: string | undefined;
  /** Values of the flags, named as commander does: streamArn for --stream-arn. */
  flags: Record<string, string | undefined>;
  /** Assignments `key=value` of any key, stock ones included. */
  set?: readonly string[] | undefined;
  env: NodeJS.ProcessEnv;
}

export interface LoadedConfig {
  config: WorkerConfig;
  /** What KCL reads: the stock keys that are given, and our defaults of some. May hold credentials. */
  kclProperties: Record<string, string>;
  /** What the user should know, although nothing is wrong. */
  notices: string[];
  /** The given keys, each as the user wrote it and with its source. */
  sources: Record<string, string>;
}

/**
 * Reads the configuration: flags over environment over file over defaults.
 *
 * @throws ConfigurationError with everything that is wrong
 */
export function loadConfig({ file, flags, set = [], env }: ConfigInput): LoadedConfig {
  const levels = [fromEnvironment(env), fromFlags(flags, set)];
  if (file !== undefined) levels.unshift(fromFile(file));
  const problems = levels.flatMap((level) => level.problems);
  const given = merge(levels, problems);
  for (const { key, text } of given.values()) noteSecretsOf(key, text);
  const notices = [
    ...takeDropped(given),
    ...sharedIdentifier(given),
    ...unusedTableKeys(given),
    ...takeProviders(given, problems),
  ];
  plainTableKeys(given, problems);
  const texts = textsOf(given, isConfigKey, (text) => text.trim());
  const streams = readStreams(given, problems);
  const values = applicationSchema.safeParse(texts);
  problems.push(...unreadable(values.error?.issues ?? [], given));
  problems.push(...malformed(given), ...contradictions(texts, given, streams));
  if (!values.success || problems.length > 0) throw new ConfigurationError(problems);

  const [first, ...others] = streams;
  const config = resolve(values.data, [toSource(first), ...others.map(toSource)], given);
  const ofTables = tableProblems(config.applicationName, given);
  if (ofTables.length > 0) throw new ConfigurationError(ofTables);
  const kclProperties = {
    ...textsOf(given, (key) => !isConfigKey(key) && !NUMBERED_KEY.test(key) && key !== 'streamName'),
    ...tableProperties(given),
    ...ourProperties(config, texts, given),
  };
  if (!config.javaCredentials) notices.push(...unusedOptions(env));
  const sources = Object.fromEntries([...given].map(([key, { label }]) => [key, label]));
  return { config, kclProperties, notices, sources };
}

function resolve(values: Values, streams: WorkerConfig['streams'], given: Map<string, Given>): WorkerConfig {
  const { awsCredentialsProvider: provider, retrievalMode: _, ...rest } = values;
  const [{ stream }] = streams;
  const applicationName = rest.applicationName ?? defaultApplicationName(stream);
  return {
    ...rest,
    streams,
    applicationName,
    tables: tablesOf(applicationName, given),
    migratesTables: isTrue(given.get('migrateAllEntitiesToLeaseTable')),
    pointInTimeRecovery: isTrue(given.get('leaseTablePitrEnabled')),
    leaseWrites: leaseWritesOf(given),
    regionName: rest.regionName ?? stream.region,
    leaseTableRegion: rest.leaseTableRegion ?? stream.region,
    javaCredentials:
      !isDefaultChain(provider) ||
      [...given.values()].some(
        ({ key, text }) =>
          OF_JAVA_ALONE.test(key) || (key === 'awsCredentialsProviderDynamoDB' && !isDefaultChain(text)),
      ),
    initialPositionInStream: given.has(EXTENDED) ? undefined : rest.initialPositionInStream,
    shardSyncIntervalMillis: rest.shardSyncIntervalMillis ?? Math.max(1, Math.round(1_000 / streams.length)),
    varianceBalancingFrequency:
      rest.varianceBalancingFrequency ?? Math.max(1, Math.round(60_000 / rest.leaseAssignmentIntervalMillis)),
  };
}

/** Stock keys that give KCL's Kinesis or DynamoDB client credentials or an endpoint of its own. */
const OF_JAVA_ALONE =
  /^(kinesisCredentialsProvider|dynamoDBCredentialsProvider)\W|^(kinesisClient|dynamoDbClient)\.endpointOverride$/;

const EXTENDED = 'initialPositionInStreamExtended';

/** As KCL reads a boolean. */
function isTrue(value: Given | undefined): boolean {
  return /^(true|yes|y|on|1)$/i.test(value?.text.trim() ?? '');
}

/** Later levels win. The two ways to say the initial position are one key: KCL takes whichever it meets last. */
function merge(levels: Source[], problems: ConfigurationProblem[]): Map<string, Given> {
  const merged = new Map<string, Given>();
  for (const { given } of levels) {
    for (const [key, value] of given) {
      const other = otherPosition(key);
      const beside = other && given.get(other);
      if (other) merged.delete(other);
      if (beside && key.endsWith(EXTENDED)) {
        problems.push({ key: beside.label, message: `contradicts ${value.label}; give one of them` });
      }
    }
    for (const [key, value] of given) merged.set(key, value);
  }
  return merged;
}

/** initialPositionInStream ↔ initialPositionInStreamExtended, also of one of several streams. */
function otherPosition(key: string): string | undefined {
  const [, prefix, own] = /^(streams\.\d+\.)?(initialPositionInStream(?:Extended)?)$/.exec(key) ?? [];
  if (own === undefined) return undefined;
  return `${prefix ?? ''}${own === EXTENDED ? 'initialPositionInStream' : EXTENDED}`;
}

function takeDropped(given: Map<string, Given>): string[] {
  const dropped = ['executableName', 'processingLanguage'].map((key) => take(given, key));
  return dropped.flatMap((value) =>
    value ? [`${value.label} is ignored: the launcher starts Node itself`] : [],
  );
}

/** Two workers with one identifier both read what it holds: each record is handled twice. */
function sharedIdentifier(given: Map<string, Given>): string[] {
  const set = WORKER_IDENTIFIER_KEYS.flatMap((key) => given.get(key) ?? []);
  return set.map(
    ({ label }) =>
      `${label} is set: it must be another one in each worker, or both handle every record; without it KCL makes one up`,
  );
}

/** The keys of KCL's worker identifier; `workerId` is its name in KCL 1 and 2. */
export const WORKER_IDENTIFIER_KEYS = ['workerIdentifier', 'workerId'] as const;

function take(given: Map<string, Given>, key: string): Given | undefined {
  const value = given.get(key);
  given.delete(key);
  return value;
}

function textsOf(given: Map<string, Given>, keep: (key: string) => boolean, edit = (text: string) => text) {
  const kept = [...given.values()].filter(({ key }) => keep(key));
  return Object.fromEntries(kept.map(({ key, text }): [string, string] => [key, edit(text)]));
}

/** The schema's KCL keys, as texts: what the user wrote, else what was resolved, else the default. */
function ourProperties(config: WorkerConfig, texts: Record<string, string>, given: Map<string, Given>) {
  const { applicationName, regionName, shardSyncIntervalMillis, varianceBalancingFrequency } = config;
  const resolved: Record<string, unknown> = {
    applicationName,
    regionName,
    shardSyncIntervalMillis,
    varianceBalancingFrequency,
  };
  const leaveOut = new Set<string>();
  if (given.has(EXTENDED)) leaveOut.add('initialPositionInStream');
  // KCL fails when a provider is given both by name and by properties.
  if (credentialsByProperties(given) && !given.has('awsCredentialsProvider')) {
    leaveOut.add('awsCredentialsProvider');
  }
  const properties: Record<string, string> = {};
  for (const { key, kcl, default: text } of configKeys) {
    const value = texts[key] ?? resolved[key] ?? text;
    if (kcl && value !== undefined && !leaveOut.has(key)) properties[key] = String(value);
  }
  return properties;
}

function credentialsByProperties(given: Map<string, Given>): boolean {
  return [...given.keys()].some((key) => /^kinesisCredentialsProvider\W/.test(key));
}
