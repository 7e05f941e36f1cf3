#!/usr/bin/env node
import { run } from './cli/program.js';

// `cross-account-kcl start --help | head` is no failure: who reads has had enough. What is at work is brought to its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// Not by itself: a timer or socket that the handler left open would keep the process.
process.exit(await run(process.argv));
