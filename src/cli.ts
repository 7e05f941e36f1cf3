#!/usr/bin/env node
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StopSignals } from './consumer/stop-signals.js';
import { ExitCode } from './errors/exit-codes.js';

// Before anything else is loaded, which takes a second: until then SIGTERM would end the process, or be ignored where it
// is process 1.
const signals = process.argv[2] === 'start' ? new StopSignals() : undefined;

// `cross-account-kcl start --help | head` is no failure: who reads has had enough. What is at work is brought to its end;
// a worker's log has a listener of its own.
let lost: Error | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') lost ??= error;
});
// Nothing is left to say it on, and the exit code must stay that of the reason.
process.stderr.on('error', () => {});

const { run } = await import('./cli/program.js');
let exitCode = await run(process.argv, signals);
await nextTurn(); // the error of the last write comes after it
if (lost !== undefined && exitCode === ExitCode.ok) {
  // Half a policy in a file must not pass for a whole one.
  process.stderr.write(`cross-account-kcl: the output can't be written (${lost.message})\n`);
  exitCode = ExitCode.log;
}
// Not by itself: a timer or socket that the handler left open would keep the process.
process.exit(exitCode);
