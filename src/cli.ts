#!/usr/bin/env node
import { run } from './cli/program.js';

// `cross-account-kcl start --help | head` is no failure: who reads has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

// Not by itself: a timer or socket that the handler left open would keep the process.
process.exit(await run(process.argv));
