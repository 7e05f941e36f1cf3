/**
 * How long a quiet shard waits beside shards that bring full batches of tiny records to a synchronous handler, all in
 * one Node process. Run it with `npm run bench:fairness`.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { alike, withLab, withWorker } from './bench-run.js';
import type { Fairness } from './handlers/flooded.js';

const FLOODED = (process.env.FLOODED ?? '0,1,3').split(',').map(Number);
const SPIN_MICROSECONDS = 50;
const WINDOW_MS = 30_000;
/** A record every 10 ms, which come every 200 ms: KCL asks five times a second. */
const QUIET = { recordBytes: 100, recordsPerBatch: 1_000, bytesPerSecond: 10_000 };
const FLOOD = { recordBytes: 40, recordsPerBatch: 10_000, bytesPerSecond: 0 };

await withLab(async (lab) => {
  process.stdout.write(
    `a quiet shard beside flooded ones, ${SPIN_MICROSECONDS} µs for each of their records\n`,
  );
  process.stdout.write(
    '| flooded shards | records/s of theirs | gap of the quiet one: median, ms | p99 | max |',
  );
  process.stdout.write(
    ' event-loop delay: p99, ms | max |\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n',
  );
  for (const flooded of FLOODED) {
    const shards = [...alike(flooded, FLOOD), QUIET];
    const env = { FLOODED_SHARDS: String(flooded), SPIN_MICROSECONDS: String(SPIN_MICROSECONDS) };
    await withWorker(
      lab,
      { transport: 'host', shards, handler: 'flooded', env },
      async ({ consumer, folder }) => {
        const file = join(folder, 'fairness.json');
        const seen = () =>
          existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Fairness>) : {};
        const started = ({ gapsMs = [], floodedRecords = 0 }: Partial<Fairness>) =>
          gapsMs.length > 0 && (flooded === 0 || floodedRecords > 0);
        await consumer.until('records of all', () => started(seen()), 180_000);
        const before = seen();
        await sleep(WINDOW_MS);
        const { gapsMs = [], floodedRecords = 0, loopDelayP99Ms = 0, loopDelayMaxMs = 0 } = seen();
        // Records of one batch follow at once: what counts is the wait for the next batch.
        const waits = gapsMs
          .slice(before.gapsMs?.length)
          .filter((gap) => gap > 5)
          .sort((a, b) => a - b);
        const at = (share: number) => (waits[Math.ceil(waits.length * share) - 1] ?? Number.NaN).toFixed(0);
        const rate = ((floodedRecords - (before.floodedRecords ?? 0)) * 1000) / WINDOW_MS;
        const delay = `${loopDelayP99Ms.toFixed(0)} | ${loopDelayMaxMs.toFixed(0)}`;
        process.stdout.write(
          `| ${flooded} | ${rate.toFixed(0)} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${delay} |\n`,
        );
      },
    );
  }
});
process.exit();
