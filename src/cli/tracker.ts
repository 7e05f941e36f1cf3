import { type Command, Option } from 'commander';
import { keyOption, leaseTableOption } from './lease-table-options.js';
import { TRACKER_OUTPUTS } from './tracker-output.js';
import type { TrackerOptions } from './tracker-run.js';

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
    .addOption(leaseTableOption())
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
      const { printTrackers } = await import('./tracker-run.js');
      await printTrackers(options);
    });
}
