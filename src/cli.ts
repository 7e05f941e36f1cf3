#!/usr/bin/env node
import { run } from './cli/program.js';

// `cross-account-kcl start --help | head` is no failure: who reads has had enough. What is at work is brought to its end.
// A worker's log has a listener of its own.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && process.stdout.listenerCount('error') === 1) throw error;
});
// Nothing is left to say it on, and the exit code must stay that of the reason.
process.stderr.on('error', () => {});

// Not by itself: a timer or socket that the handler left open would keep the process.
process.exit(await run(process.argv));
