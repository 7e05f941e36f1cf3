import { type Command, Option } from 'commander';
import { formerTableOptions, keyOption, leaseTableOption } from './lease-table-options.js';
import { STATUS_OUTPUTS } from './status-output.js';
import type { StatusOptions } from './status-run.js';

const EXAMPLES = `
Examples:
  cross-account-kcl status --application-name orders-reader --region-name eu-west-1
  cross-account-kcl status --stream-arn arn:aws:kinesis:eu-west-1:111122223333:stream/orders --watch
`;

/** Adds `status`: who reads which shard, from the lease table alone. */
export function addStatus(program: Command): void {
  const [coordinatorStateTable, workerMetricsTable] = formerTableOptions();
  program
    .command('status')
    .description(
      "print an application's workers, shards and checkpoints from its lease table; no worker need run",
    )
    .addOption(keyOption('applicationName', '<name>', 'The application, or the name of its lease table.'))
    .addOption(
      keyOption(
        'streamArn',
        '<arn>',
        'Its only stream, which names an application that has no name of its own.',
      ),
    )
    .addOption(leaseTableOption())
    .addOption(coordinatorStateTable)
    .addOption(workerMetricsTable)
    .addOption(keyOption('regionName', '<region>', "The region, where no stream's ARN says it."))
    .addOption(keyOption('leaseTableRegion', '<region>'))
    .addOption(keyOption('dynamoDBEndpoint', '<url>'))
    .addOption(
      new Option('-o, --output <form>', 'text for people, or json').choices(STATUS_OUTPUTS).default('text'),
    )
    .option('-w, --watch', 'again every 5 s, until Ctrl-C, and when each lease was renewed')
    .addHelpText('after', EXAMPLES)
    .action(async (options: StatusOptions) => {
      const { printStatus } = await import('./status-run.js');
      await printStatus(options);
    });
}
