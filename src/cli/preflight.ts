import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseKeyArn } from '../aws/key-arn.js';
import { CHECK_IDS, type CheckId } from '../preflight/check.js';
import { addConfigOptions } from './config-options.js';
import { parseDuration } from './duration.js';
import { addConditionOption } from './policy-options.js';
import { explainCheck } from './preflight-explain.js';
import { addReaderOptions, orInvalid } from './preflight-options.js';
import { PREFLIGHT_OUTPUTS } from './preflight-output.js';
import type { RequestOptions } from './preflight-request-run.js';
import type { PreflightOptions } from './preflight-run.js';

const EXAMPLES = `
Examples:
  cross-account-kcl preflight --stream-arn arn:aws:kinesis:eu-west-1:111122223333:stream/orders
  cross-account-kcl preflight --properties consumer.properties --wait 10m
  cross-account-kcl preflight request --properties consumer.properties > to-the-owner.txt
  cross-account-kcl preflight --explain get-records

Exit codes:
  0  everything passed, perhaps with warnings     2  bad usage or configuration
  1  a check failed; with --strict also a warning 3  no check failed, but one could not be told, as by the network
`;

/** Adds `preflight`: the same configuration as `start`, and every access that it takes, tried out. */
export function addPreflight(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command('preflight')
    .description('prove every access that reading takes, and say who must change what; changes nothing')
    // Else the options of `request` would be taken for its own.
    .enablePositionalOptions();
  addReaderOptions(command)
    .option(
      '--no-subscribe',
      'do not subscribe to a shard: with --for lambda, a function that reads by the consumer would lose it for a moment',
    )
    .addOption(
      new Option('-o, --output <form>', 'for people, or as JSON').choices(PREFLIGHT_OUTPUTS).default('text'),
    )
    .option('--timeout <time>', 'of all checks together, like 30s or 2m (default: 60s)', parseDuration)
    .option('--only <id...>', 'these checks alone, with what they need', parseId)
    .option('--skip <id...>', 'without these checks, and what needs them', parseId)
    .option('--strict', 'take warnings for failures')
    .option('--kcl-jars <folder>', "look at these jars of a KCL application, not the launcher's")
    .option('--wait <time>', 'try again until everything passes, or this time is over', parseDuration)
    .addOption(
      new Option('--explain <id>', 'print what a check is, and how to make it pass').argParser(
        (id: string) => parseId(id)[0],
      ),
    );
  addConfigOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (options: PreflightOptions) => {
      if (options.explain !== undefined) {
        process.stdout.write(explainCheck(options.explain));
        return;
      }
      const { runPreflight } = await import('./preflight-run.js');
      setExitCode(await runPreflight(options));
    });
  addRequest(command);
}

/** Adds `preflight request`: the message of the reader to the owner of the stream. */
function addRequest(preflight: Command): void {
  const command = preflight
    .command('request')
    .description(
      "print the message to the stream's owner: who asks for what, the policies, and the commands",
    );
  addReaderOptions(command).option(
    '--key-arn <arn>',
    'the customer managed key that the stream is encrypted with',
    orInvalid(parseKeyArn),
  );
  addConfigOptions(addConditionOption(command)).action(async (options: RequestOptions) => {
    const { printRequest } = await import('./preflight-request-run.js');
    await printRequest(options);
  });
}

/** With what was given before, since the option may be repeated. */
function parseId(text: string, before: CheckId[] = []): CheckId[] {
  const id = CHECK_IDS.find((known) => known === text);
  if (id === undefined) throw new InvalidArgumentError(`Expected one of ${CHECK_IDS.join(', ')}.`);
  return [...before, id];
}
