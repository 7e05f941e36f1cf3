import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseStreamArn, type StreamArn } from '../aws/arn.js';
import { createDynamoDBClient, createKinesisClient } from '../aws/clients.js';
import { defaultApplicationName } from '../config/application-name.js';
import { configKeys, type SchemaKey } from '../config/config-keys.js';
import { applicationSchema } from '../config/schema.js';
import { ConfigurationError } from '../errors/errors.js';
import { reportTrackers } from '../streams/tracker-report.js';
import { renderTrackers, TRACKER_OUTPUTS, type TrackerOutput } from './tracker-output.js';

interface TrackerOptions {
  /** A text when it comes from the environment. */
  streamArn?: string | string[];
  applicationName?: string;
  regionName?: string;
  leaseTableRegion?: string;
  kinesisEndpoint?: string;
  dynamoDbEndpoint?: string;
  streamRoleArn?: string;
  streamRoleExternalId?: string;
  output: TrackerOutput;
}

const EXAMPLES = `
Examples:
  cross-account-kcl tracker --stream-arn arn:aws:kinesis:eu-west-1:111122223333:stream/orders
  cross-account-kcl tracker --application-name orders-reader --region-name eu-west-1
  cross-account-kcl tracker --stream-arn … --output properties >> consumer.properties
`;

/** Adds `tracker`: what KCL's StreamTracker needs of a stream, and the leases of an application. */
export function addTracker(program: Command): void {
  program
    .command('tracker')
    .description(
      "print a stream's ARN and creation epoch (KCL's StreamTracker), and the leases of an application",
    )
    .addOption(option('streamArn', '<arn...>', 'The stream; several with blanks between them.'))
    .addOption(
      option(
        'applicationName',
        '<name>',
        'The application whose leases are listed, or the name of its lease table.',
      ),
    )
    .addOption(option('regionName', '<region>', "The region, where no stream's ARN says it."))
    .addOption(option('leaseTableRegion', '<region>'))
    .addOption(option('kinesisEndpoint', '<url>'))
    .addOption(option('dynamoDBEndpoint', '<url>'))
    .addOption(option('streamRoleArn', '<arn>'))
    .addOption(option('streamRoleExternalId', '<id>'))
    .addOption(
      new Option('-o, --output <form>', 'text for people, json, or lines for a properties file')
        .choices(TRACKER_OUTPUTS)
        .default('text'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: TrackerOptions) => {
      process.stdout.write(await tracker(options));
    });
}

async function tracker(options: TrackerOptions): Promise<string> {
  const streams = [options.streamArn ?? []].flat().map(parse);
  const [first] = streams;
  if (!first && !options.applicationName) {
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

  const { streamRoleArn: arn, streamRoleExternalId: externalId, kinesisEndpoint, dynamoDbEndpoint } = options;
  const role = arn === undefined ? undefined : { arn, externalId };
  const kinesis = createKinesisClient({ region, endpoint: kinesisEndpoint, role });
  const leaseTableRegion = options.leaseTableRegion ?? region;
  const dynamodb = createDynamoDBClient({ region: leaseTableRegion, endpoint: dynamoDbEndpoint });
  const leaseTable = options.applicationName ?? defaultApplication(streams);
  try {
    const report = await reportTrackers({ streams, leaseTable, region }, kinesis, dynamodb);
    return renderTrackers(report, leaseTable, options.output);
  } finally {
    kinesis.destroy();
    dynamodb.destroy();
  }
}

/** As `start` names it; several streams have none. */
function defaultApplication([stream, ...others]: readonly StreamArn[]): string | undefined {
  if (!stream || others.length > 0) return undefined;
  return defaultApplicationName(stream);
}

function option(key: SchemaKey, value: string, description?: string): Option {
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

function parse(text: string): StreamArn {
  try {
    return parseStreamArn(text);
  } catch (error) {
    throw problem('--stream-arn', (error as Error).message);
  }
}

function problem(key: string, message: string): ConfigurationError {
  return new ConfigurationError([{ key, message }]);
}
