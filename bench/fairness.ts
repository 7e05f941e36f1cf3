/**
 * How long shards that bring full batches of tiny records to a synchronous handler keep the event loop from a quiet
 * shard, all in one Node process. Run it with `npm run bench:fairness`.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab/lab.js';
import { alike, withLab, withWorker } from './bench-run.js';
import type { Fairness } from './handlers/flooded.js';

const FLOODED = (process.env.FLOODED ?? '1,3').split(',').map(Number);
const SPIN_MICROSECONDS = 50;
const FLOOD = { recordBytes: 40, recordsPerBatch: 10_000, bytesPerSecond: 0 };
const QUIET = { recordBytes: 100, recordsPerBatch: 1_000, bytesPerSecond: 10_000 };
/** How many records of the flooded shards are looked at. */
const ENOUGH = 100_000;
const TIMEOUT_MS = 300_000;

await withLab(async (lab) => {
  process.stdout.write(
    `a quiet shard beside flooded ones, ${SPIN_MICROSECONDS} µs for each of their records\n`,
  );
  process.stdout.write('| flooded shards | most of their records in one turn | longest turn, ms |\n');
  process.stdout.write('| ---: | ---: | ---: |\n');
  for (const flooded of FLOODED) {
    const { longestTurn, longestTurnMs } = await measure(lab, flooded);
    process.stdout.write(`| ${flooded} | ${longestTurn} | ${longestTurnMs.toFixed(0)} |\n`);
  }
});
process.exit();

function measure(lab: Lab, flooded: number): Promise<Fairness> {
  const shards = [...alike(flooded, FLOOD), QUIET];
  const env = { FLOODED_SHARDS: String(flooded), SPIN_MICROSECONDS: String(SPIN_MICROSECONDS) };
  return withWorker(
    lab,
    { transport: 'host', shards, handler: 'flooded', env },
    async ({ consumer, folder }) => {
      const file = join(folder, 'fairness.json');
      const seen = () => JSON.parse(readFileSync(file, 'utf8')) as Fairness;
      const enough = () => existsSync(file) && seen().floodedRecords >= ENOUGH && seen().quietRecords > 0;
      await consumer.until('enough records', enough, TIMEOUT_MS);
      return seen();
    },
  );
}
