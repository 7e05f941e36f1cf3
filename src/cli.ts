#!/usr/bin/env node
import { OutputWatch } from './cli/output-watch.js';
import { run } from './cli/program.js';

const output = new OutputWatch();
const exitCode = await run(process.argv);
// Not by itself: a timer or socket that the handler left open would keep the process.
process.exit(await output.exitCodeAfter(exitCode));
