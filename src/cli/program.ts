import { Command, CommanderError } from 'commander';
import { CrossAccountKclError } from '../errors/errors.js';
import { ExitCode } from '../errors/exit-codes.js';
import { hideSecrets, noteEnvironment } from '../errors/secrets.js';
import { nodeVersionNotice } from '../jvm/node-version.js';
import { packageVersion } from '../jvm/package-version.js';
import type { StopSignals } from '../worker/stop-signals.js';
import { addPolicy } from './policy.js';
import { addPreflight } from './preflight.js';
import { addStart } from './start.js';
import { addStatus } from './status.js';
import { addTracker } from './tracker.js';

/**
 * Runs the command line. What a command needs besides its options is loaded when it is called: the AWS clients alone take
 * half a second.
 *
 * @param signals that `start` ends by; its own unless given
 * @returns the process's exit code
 */
export async function run(argv: readonly string[], signals?: StopSignals): Promise<number> {
  let exitCode: number = ExitCode.ok;
  noteEnvironment(process.env);
  const notice = nodeVersionNotice(process.env);
  const program = new Command('cross-account-kcl')
    .description(
      "Reads other AWS accounts' Kinesis data streams, by their ARNs, with the Kinesis Client Library.",
    )
    .version(packageVersion())
    // Else what stands behind the name of a subcommand would be taken for options of the command above it.
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ helpWidth: process.stdout.columns ?? 110 })
    .showHelpAfterError('(see --help)')
    .hook('preAction', (_program, command) => {
      if (notice !== undefined && command.name() !== 'start') print(notice); // start has a log for it
    });
  const setExitCode = (code: number) => {
    exitCode = code;
  };
  addStart(program, setExitCode, signals, notice);
  addPreflight(program, setExitCode);
  addStatus(program);
  addTracker(program);
  addPolicy(program, setExitCode);
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.configuration;
    return report(error);
  }
}

function report(error: unknown): number {
  if (!(error instanceof CrossAccountKclError)) {
    print(error instanceof Error ? String(error.stack) : String(error));
    return ExitCode.unexpected;
  }
  const remedy = error.remedy === undefined ? '' : `\n${error.remedy}`;
  print(`${error.message}${remedy}`);
  return error.exitCode;
}

function print(reason: string): void {
  process.stderr.write(`cross-account-kcl: ${hideSecrets(reason)}\n`);
}
