import { type Command, Option } from 'commander';
import type { ChangeOptions, DiffOptions } from './policy-change.js';
import { addConditionOption, addShareOptions, OWNER_PARTS, PARTS } from './policy-options.js';
import { DIFF_OUTPUTS } from './policy-plan-output.js';
import { PRINT_OUTPUTS, type PrintOptions, printPolicies } from './policy-print.js';

const EXAMPLES = `
Examples:
  cross-account-kcl policy print --stream-arn arn:aws:kinesis:eu-west-1:111122223333:stream/orders \\
    --reader arn:aws:iam::444455556666:role/orders-reader
  cross-account-kcl policy diff  --stream-arn … --reader …    (with the owner's credentials)
  cross-account-kcl policy apply --stream-arn … --reader …

Exit codes:
  0  printed, written, or nothing to change     1  diff --exit-code: apply would change something
  2  bad input, or refused: nothing was written     3  AWS refused a call, or can't be reached
  4  with --strict: done, but the reader may be denied after apply, or may still read after remove
`;

/** Of `diff --exit-code`, as `git diff` has it. */
const DIFFERENT = 1;

const loadChange = () => import('./policy-change.js');

/** Adds `policy`: the policies that a reader needs, and the change of those in force. */
export function addPolicy(program: Command, setExitCode: (code: number) => void): void {
  const policy = program
    .command('policy')
    .description('print, compare and change the policies that share a stream with a reader')
    .addHelpText('after', EXAMPLES);
  addPrint(policy);
  addDiff(policy, setExitCode);
  addChange(
    addConditionOption(policy.command('apply')).description(
      "let the reader read, and keep everybody else's statements",
    ),
    async (options) => (await loadChange()).changePolicies('apply', options),
  );
  addChange(
    policy.command('remove').description('remove only this reader from the policies in force'),
    async (options) => (await loadChange()).changePolicies('remove', options),
  );
}

function addPrint(policy: Command): void {
  addConditionOption(addShareOptions(policy.command('print')))
    .description('print what the owner and the reader must allow; makes no call to AWS')
    .option('--application <name>', 'the KCL application (default: cross-account-kcl-<owner>-<stream>)')
    .option('--lease-table <name>', "KCL's tableName (default: the application)")
    .option(
      '--coordinator-state-table <name>',
      "KCL's coordinatorStateTableName (default: <application>-CoordinatorState)",
    )
    .option(
      '--worker-metrics-table <name>',
      "KCL's workerMetricsTableName (default: <application>-WorkerMetricStats)",
    )
    .option(
      '--three-tables',
      'for an application that KCL 3.0 to 3.4 has run: KCL continues to use its tables',
    )
    .option(
      '--lease-table-exists',
      'without the permissions to create the lease table: a template created it',
    )
    .option('--point-in-time-recovery', "for KCL's leaseTablePitrEnabled")
    .option('--lease-table-region <region>', "the region of the tables (default: the stream's)")
    .option('--failure-queue <ARN or URL>', 'the SQS queue for records that fail')
    .addOption(new Option('--only <part>', 'only this policy').choices(PARTS))
    .addOption(
      new Option(
        '-o, --output <form>',
        'text, JSON, aws commands to run, or code for CloudFormation, Terraform or the CDK',
      )
        .choices(PRINT_OUTPUTS)
        .default('text'),
    )
    .action((options: PrintOptions) => {
      process.stdout.write(printPolicies(options));
    });
}

function addDiff(policy: Command, setExitCode: (code: number) => void): void {
  addConditionOption(addShareOptions(policy.command('diff')))
    .description('compare the policies in force with what apply would write')
    .addOption(onlyPart())
    .addOption(kinesisEndpoint())
    .option('--exit-code', 'exit with 1 if apply would change something, for a check in CI')
    .addOption(strict('something may keep the reader from reading'))
    .addOption(new Option('-o, --output <form>', 'text or JSON').choices(DIFF_OUTPUTS).default('text'))
    .action(async (options: DiffOptions) => {
      const wouldChange = await (await loadChange()).showDiff(options);
      if (options.exitCode && wouldChange) setExitCode(DIFFERENT);
    });
}

function addChange(command: Command, action: (options: ChangeOptions) => Promise<void>): void {
  addShareOptions(command)
    .addOption(onlyPart())
    .addOption(kinesisEndpoint())
    .addOption(
      strict(
        command.name() === 'apply'
          ? 'something may keep the reader from reading'
          : 'something may still let the reader read',
      ),
    )
    .option('-y, --yes', 'write without asking')
    .option('--dry-run', 'show what would change, and write nothing')
    .option('--backup-dir <folder>', 'the folder for copies of the policies that are replaced', '.')
    .action(action);
}

function onlyPart(): Option {
  return new Option('--only <part>', 'only this policy, with no call for the others').choices(OWNER_PARTS);
}

function strict(where: string): Option {
  return new Option('--strict', `exit with 4 if ${where}`);
}

function kinesisEndpoint(): Option {
  return new Option('--kinesis-endpoint <url>', 'replaces the endpoint of Kinesis').env('KINESIS_ENDPOINT');
}
