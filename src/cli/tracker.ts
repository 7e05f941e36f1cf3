import { type Command, Option } from 'commander';
import { createDynamoDBClient, createKinesisClient } from '../aws/clients.js';
import { reportTrackers } from '../streams/tracker-report.js';
import { keyOption, type LeaseTableOptions, leaseTableTarget } from './lease-table-options.js';
import { renderTrackers, TRACKER_OUTPUTS, type TrackerOutput } from './tracker-output.js';

interface TrackerOptions extends LeaseTableOptions {
  kinesisEndpoint?: string;
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
    .addOption(keyOption('streamArn', '<arn...>', 'The stream; several with blanks between them.'))
    .addOption(
      keyOption(
        'applicationName',
        '<name>',
        'The application whose leases are listed, or the name of its lease table.',
      ),
    )
    .addOption(keyOption('regionName', '<region>', "The region, where no stream's ARN says it."))
    .addOption(keyOption('leaseTableRegion', '<region>'))
    .addOption(keyOption('kinesisEndpoint', '<url>'))
    .addOption(keyOption('dynamoDBEndpoint', '<url>'))
    .addOption(keyOption('streamRoleArn', '<arn>'))
    .addOption(keyOption('streamRoleExternalId', '<id>'))
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
  const { streams, leaseTable, region, leaseTableRegion } = leaseTableTarget(options);
  const { streamRoleArn: arn, streamRoleExternalId: externalId, kinesisEndpoint, dynamoDbEndpoint } = options;
  const role = arn === undefined ? undefined : { arn, externalId };
  const kinesis = createKinesisClient({ region, endpoint: kinesisEndpoint, role });
  const dynamodb = createDynamoDBClient({ region: leaseTableRegion, endpoint: dynamoDbEndpoint });
  try {
    const report = await reportTrackers({ streams, leaseTable, region }, kinesis, dynamodb);
    return renderTrackers(report, leaseTable, options.output);
  } finally {
    kinesis.destroy();
    dynamodb.destroy();
  }
}
