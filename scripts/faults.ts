/** See ./scripts/faults --help. */
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { startLab } from '../lab/lab.js';
import { faultCases } from '../test/faults/cases/all.js';
import { inParallel } from '../test/faults/helpers/in-parallel.js';
import { type CaseResult, runCase } from '../test/faults/run-case.js';

const options = new Command('./scripts/faults')
  .description(
    'Reads streams on the lab with the real daemon, breaks something while records are put, and judges: none lost, order per shard kept, records come again only since the last stored checkpoint, exit codes as documented (docs/faults.md). The exit code is 1 if one of them does not hold.',
  )
  .option('--only <pattern>', 'regular expression; only faults whose name it matches', toPattern)
  .option('--jobs <number>', 'how many run at once', toJobs, 6)
  .parse()
  .opts<{ only?: RegExp; jobs: number }>();

process.exitCode = await main();

async function main(): Promise<number> {
  const chosen = faultCases.filter(({ name }) => options.only?.test(name) ?? true);
  if (chosen.length === 0) {
    console.error(
      `faults: no fault's name matches ${options.only}. The names: ${faultCases.map(({ name }) => name).join('; ')}`,
    );
    return 2;
  }
  const possible = chosen.filter((one) => {
    const reason = one.skip?.();
    if (reason !== undefined) console.log(`skip  ${one.name}: ${reason}`);
    return reason === undefined;
  });
  const lab = await startLab();
  try {
    const results = await inParallel(options.jobs, possible, async (one) => {
      const result = await runCase(lab, one);
      console.log(line(result));
      return result;
    });
    console.log(`\n${table(results)}`);
    const failed = results.filter(({ verdict }) => verdict.problems.length > 0).length;
    console.log(
      failed === 0
        ? `${results.length} faults, all as documented`
        : `${failed} of ${results.length} faults are not as documented`,
    );
    return failed === 0 ? 0 : 1;
  } finally {
    await lab.stop();
  }
}

function line({ name, verdict, seconds, logs }: CaseResult): string {
  const { problems } = verdict;
  if (problems.length === 0) return `ok    ${name} (${seconds} s)`;
  return [
    `FAIL  ${name} (${seconds} s)`,
    ...problems.map((one) => `      ${one}`),
    `      logs: ${logs}`,
  ].join('\n');
}

function table(results: readonly CaseResult[]): string {
  const rows = new Table({
    head: ['fault', 'exit', 'put', 'handled', 'lost', 'duplicates (bound)', 'order', 'seconds'],
    style: { head: [], border: [] },
    // No lines between the rows.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { name, exits, verdict, seconds } of results) {
    const { put, handled, lost, duplicates, bound, orderKept } = verdict;
    const order = orderKept ? 'kept' : 'broken';
    rows.push([name, exits.join(', '), put, handled, lost, `${duplicates} (${bound})`, order, seconds]);
  }
  return rows.toString();
}

function toPattern(text: string): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function toJobs(text: string): number {
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs >= 1) return jobs;
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}
