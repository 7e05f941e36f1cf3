/**
 * `./scripts/bench`: this project beside its peers, on this machine. docs/performance.md has its figures and says what they
 * mean. All is measured on emulators: a Kinesis that replays prepared answers, DynamoDB Local, kinesis-local.
 */

import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../lab/project-root.js';
import * as drain from './drain/section.js';
import { machine, versions } from './environment.js';
import { type Headline, headlineJson, headlineText, isWhole } from './headline.js';
import { type BenchOptions, OptionError, parseOptions, USAGE } from './options.js';
import { sectionText } from './render.js';
import * as scale from './scale/section.js';
import type { BenchContext, Section } from './section.js';
import * as slowHandler from './slow-handler/section.js';
import * as start from './start/section.js';
import { barChart } from './svg.js';
import { tidy } from './tidy.js';
import * as transport from './transport/section.js';

/** What the headline does not need. */
const OTHERS: readonly { id: string; run(context: BenchContext): Promise<Section> }[] = [
  { id: 'transport', run: transport.run },
  { id: 'scale', run: scale.run },
  { id: 'slow-handler', run: slowHandler.run },
];

const ROUNDS = 3;
const FAILED = 1;
const WRONG_USAGE = 2;
const INTERRUPTED = 130;

// The handlers of `exit` end what was started; see tidy().
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => process.exit(INTERRUPTED));
}

const options = optionsOf(process.argv.slice(2));
tidy();
const began = performance.now();
const context: BenchContext = {
  quick: options.quick,
  rounds: options.quick ? 1 : ROUNDS,
  root: projectRoot,
  log: (line) =>
    process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}\n`),
};
const [where, what] = [machine(), versions(projectRoot)];
print(
  `${where.cores} × ${where.cpu}, ${where.memoryGiB} GiB, ${where.kernel}, load average ${where.loadAverage.toFixed(1)}`,
);
print(
  Object.entries(what)
    .map(([name, version]) => `${name} ${version}`)
    .join(', '),
);

const sections: Section[] = [];
const drained = await finished('drain', () => drain.run(context));
const started = await finished('start', () => start.run(context));
for (const { id, run } of OTHERS) await finished(id, () => run(context));

const headline: Headline = {
  wholeTreeVsJava: drained?.wholeTreeVsJava,
  wholeTreeVsStock: drained?.wholeTreeVsStock,
  nodeCpuSecondsPerGB: drained?.nodeCpuSecondsPerGB,
  restartToFirstRecordSeconds: started?.restartToFirstRecordSeconds,
};
const seconds = Math.round((performance.now() - began) / 1000);
if (options.json !== undefined) {
  const figures = {
    ...headlineJson(headline),
    quick: options.quick,
    seconds,
    machine: where,
    versions: what,
    sections,
  };
  writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
}
if (options.pictures) {
  const folder = join(projectRoot, 'docs', 'images');
  mkdirSync(folder, { recursive: true });
  for (const chart of sections.flatMap(({ charts }) => charts)) {
    writeFileSync(join(folder, `${chart.name}.svg`), barChart(chart));
  }
}
print(`\nmeasured in ${seconds} s${options.quick ? ', --quick: too short for the JVMs to be warm' : ''}`);
print(headlineText(headline));
process.exit(isWhole(headline) ? 0 : FAILED);

/** A section that fails as a whole leaves a line, and does not keep the others from being measured. */
async function finished<T extends Section>(id: string, run: () => Promise<T>): Promise<T | undefined> {
  try {
    const section = await run();
    sections.push(section);
    print(`\n${sectionText(section)}`);
    return section;
  } catch (error) {
    const skipped = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    const section: Section = { id, title: id, tables: [], charts: [], skipped };
    sections.push(section);
    print(`\n${sectionText(section)}`);
    return undefined;
  }
}

function optionsOf(args: readonly string[]): BenchOptions {
  try {
    const options = parseOptions(args);
    // Now, and not when all is measured.
    if (options.json !== undefined) assertWritable(options.json);
    return options;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`bench: ${error.message}\n${USAGE}\n`);
    process.exit(WRONG_USAGE);
  }
}

function assertWritable(file: string): void {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new OptionError(`--json: expected a file that can be written; ${(error as Error).message}`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
