#!/usr/bin/env node
import { run } from './cli/program.js';

// `cross-account-kcl start --help | head` is no failure: who reads has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

process.exitCode = await run(process.argv);
