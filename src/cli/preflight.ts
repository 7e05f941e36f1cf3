import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ConsumerConfig } from '../config/load.js';
import { ConfigurationError } from '../errors/errors.js';
import { ExitCode } from '../errors/exit-codes.js';
import type { Check } from '../preflight/check.js';
import { CHECK_IDS, type CheckId } from '../preflight/check-ids.js';
import { openPreflight } from '../preflight/from-config.js';
import { allChecks, preflight } from '../preflight/preflight.js';
import type { PreflightReport } from '../preflight/report.js';
import type { RunOptions } from '../preflight/runner.js';
import { addConfigOptions, type ConfigOptions, loadFrom } from './config-options.js';
import { parseDuration } from './duration.js';
import { LiveLine } from './live-line.js';
import { explainCheck } from './preflight-explain.js';
import { addReaderOptions, checkReader, type ReaderOptions } from './preflight-options.js';
import {
  exitCodeOf,
  missingOf,
  PREFLIGHT_OUTPUTS,
  type PreflightOutput,
  renderPreflight,
} from './preflight-output.js';
import { addRequest } from './preflight-request.js';
import { untilPassed } from './preflight-wait.js';

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

interface PreflightOptions extends ConfigOptions, ReaderOptions {
  subscribe: boolean;
  output: PreflightOutput;
  timeout?: number;
  only?: CheckId[];
  skip?: CheckId[];
  strict?: boolean;
  wait?: number;
  kclJars?: string;
  explain?: CheckId;
}

/** Adds `preflight`: the same configuration as `start`, and every access that it takes, tried out. */
export function addPreflight(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command('preflight')
    .description('prove every access that reading takes, and say who must change what; changes nothing')
    // Else the options of `request` would be taken for its own.
    .enablePositionalOptions();
  addReaderOptions(command)
    .option('--no-subscribe', 'do not subscribe to a shard, which would disturb a subscription in use')
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
      setExitCode(await runPreflight(options));
    });
  addRequest(command);
}

async function runPreflight(options: PreflightOptions): Promise<number> {
  if (options.explain !== undefined) {
    process.stdout.write(explainCheck(options.explain));
    return ExitCode.ok;
  }
  const { config, notices } = loadFrom(options);
  checkReader(config, options);
  if (options.kclJars !== undefined && options.for === 'lambda') {
    throw new ConfigurationError([{ key: '--kcl-jars', message: 'is for KCL: Lambda has none' }]);
  }
  for (const notice of notices) process.stderr.write(`cross-account-kcl: ${notice}\n`);
  if (config.javaCredentials && options.for === 'kcl') process.stderr.write(OF_JAVA);
  const { output, strict = false, wait } = options;
  const live = new LiveLine(process.stderr);
  const round = () => oneRound(config, options, live);
  const missing = (report: PreflightReport) => missingOf(report, strict);
  const report = wait === undefined ? await round() : await untilPassed(round, missing, wait, live);
  const { columns = 110 } = process.stdout;
  const colors = process.stdout.isTTY && process.stdout.hasColors();
  process.stdout.write(renderPreflight(report, output, { columns, colors }));
  return exitCodeOf(report, strict);
}

const OF_JAVA =
  "cross-account-kcl: KCL's credentials or endpoints are set for Java alone: what follows is of the default chain of this process\n";

/** With new clients each time, so that credentials that came meanwhile are found. */
async function oneRound(
  config: ConsumerConfig,
  options: PreflightOptions,
  live: LiveLine,
): Promise<PreflightReport> {
  const { for: by, reader, subscribe, timeout, only, skip, kclJars } = options;
  const { request, close } = openPreflight(config, {
    for: by,
    reader,
    kclJars,
    leaveOutSubscribe: subscribe ? undefined : 'it was left out (--no-subscribe)',
  });
  try {
    const ids = allChecks(request).checks.map(({ id }) => id);
    if (only && !ids.some((id) => only.includes(id as CheckId))) {
      const message = `nothing is left to check: here there is no ${only.join(', ')}, only ${ids.join(', ')}`;
      throw new ConfigurationError([{ key: '--only', message }]);
    }
    const running = new Set<Check>();
    let ended = 0;
    const show = () =>
      live.show(`${ended} checks done; at work: ${[...running].map(({ id }) => id).join(', ')}`);
    const run: RunOptions = {
      onBegin(check) {
        running.add(check);
        show();
      },
      onEnd({ check }) {
        running.delete(check);
        ended++;
        show();
      },
      ...(timeout !== undefined && { timeoutMs: timeout }),
      ...(only && { only }),
      ...(skip && { skip }),
    };
    return await preflight(request, run);
  } finally {
    live.clear();
    close();
  }
}

/** With what was given before, since the option may be repeated. */
function parseId(text: string, before: CheckId[] = []): CheckId[] {
  const id = CHECK_IDS.find((known) => known === text);
  if (id === undefined) throw new InvalidArgumentError(`Expected one of ${CHECK_IDS.join(', ')}.`);
  return [...before, id];
}
