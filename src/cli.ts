#!/usr/bin/env node
import { OutputWatch } from './cli/output-watch.js';
import { ExitCode } from './errors/exit-codes.js';
import { nodeTooOld } from './jvm/node-version.js';
import { StopSignals } from './worker/stop-signals.js';

const tooOld = nodeTooOld();
if (tooOld !== undefined) {
  process.stderr.write(`cross-account-kcl: ${tooOld}\n`);
  process.exit(ExitCode.configuration); // what is loaded below would end with a syntax error
}

// Before anything else is loaded, which takes a second: until then SIGTERM would end the process, or be ignored where it
// is process 1.
const signals = process.argv[2] === 'start' ? new StopSignals() : undefined;
const output = new OutputWatch();
const { run } = await import('./cli/program.js');
const exitCode = await run(process.argv, signals);
// Not by itself: a timer or socket that the handler left open would keep the process.
process.exit(await output.exitCodeAfter(exitCode));
