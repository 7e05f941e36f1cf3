#!/usr/bin/env node
import { StopSignals } from './consumer/stop-signals.js';

// Before anything else is loaded, which takes a second: until then SIGTERM would end the process, or be ignored where it
// is process 1.
const signals = process.argv[2] === 'start' ? new StopSignals() : undefined;

// `cross-account-kcl start --help | head` is no failure: who reads has had enough. What is at work is brought to its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// Not by itself: a timer or socket that the handler left open would keep the process.
const { run } = await import('./cli/program.js');
process.exit(await run(process.argv, signals));
