/** A handler that waits 20 ms with each record, as for a database: how many records a shard handles in a second. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../lab/lab.js';
import { startLab } from '../../lab/lab.js';
import { alike, withWorker } from '../bench-run.js';
import { readCounts } from '../handlers/counts.js';
import type { BenchContext, Figure, Section } from '../section.js';
import { figure } from '../statistics.js';

const HANDLER_MS = 20;
const SHARDS = 4;
const START_TIMEOUT_MS = 120_000;
const RECORDS = { recordBytes: 1024, recordsPerBatch: 1_000, bytesPerSecond: 0 };

/** How records come to the handler, by the settings for it; each is a row. */
const WAYS: readonly { name: string; env: Record<string, string> }[] = [{ name: 'one by one', env: {} }];

export async function run({ quick, rounds, log }: BenchContext): Promise<Section> {
  const samples = quick ? 2 : 2 * rounds;
  const lab = await startLab();
  const measured: { name: string; perSecond: Figure }[] = [];
  try {
    for (const { name, env } of WAYS) {
      log(`slow handler: ${name}`);
      measured.push({ name, perSecond: figure(await measure(lab, env, samples)) });
    }
  } finally {
    await lab.stop();
  }
  return {
    id: 'slow-handler',
    title: 'A slow handler',
    tables: [
      {
        title: `A handler that takes ${HANDLER_MS} ms a record`,
        note: `${SHARDS} shards that are far behind. One record after the other, a shard can’t handle more than ${1000 / HANDLER_MS} a second; more shards handle more.`,
        columns: ['', 'records/s of a shard', 'of the most that is possible'],
        rows: measured.map(({ name, perSecond }) => ({
          name,
          cells: [perSecond, Number(((perSecond.median * HANDLER_MS) / 1000).toFixed(2))],
        })),
      },
    ],
    charts: [],
    skipped: [],
  };
}

/** @return records a second and shard, in windows of two seconds */
function measure(lab: Lab, env: Record<string, string>, samples: number): Promise<number[]> {
  const run = {
    transport: 'host' as const,
    shards: alike(SHARDS, RECORDS),
    handler: 'slow',
    env: { HANDLER_MS: String(HANDLER_MS), ...env },
  };
  return withWorker(lab, run, async ({ consumer, folder }) => {
    const everyShard = () => Object.keys(readCounts(folder).firstAt).length === SHARDS;
    await consumer.until('a record of each shard', everyShard, START_TIMEOUT_MS);
    await sleep(2_000);
    const perSecond: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      const before = { records: readCounts(folder).records, at: performance.now() };
      await sleep(2_000);
      const records = readCounts(folder).records - before.records;
      perSecond.push((records * 1000) / (performance.now() - before.at) / SHARDS);
    }
    if (!consumer.running) throw new Error(`the worker has ended\n${consumer.lastLog()}`);
    return perSecond;
  });
}
