#!/usr/bin/env node
import { setImmediate as nextTurn } from 'node:timers/promises';
import { run } from './cli/program.js';
import { ExitCode } from './errors/exit-codes.js';

// `cross-account-kcl start --help | head` is no failure: who reads has had enough. What is at work is brought to its end;
// a worker's log has a listener of its own.
let lost: Error | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') lost ??= error;
});
// Nothing is left to say it on, and the exit code must stay that of the reason.
process.stderr.on('error', () => {});

let exitCode = await run(process.argv);
await nextTurn(); // the error of the last write comes after it
if (lost !== undefined && exitCode === ExitCode.ok) {
  // Half a policy in a file must not pass for a whole one.
  process.stderr.write(`cross-account-kcl: the output can't be written (${lost.message})\n`);
  exitCode = ExitCode.log;
}
// Not by itself: a timer or socket that the handler left open would keep the process.
process.exit(exitCode);
