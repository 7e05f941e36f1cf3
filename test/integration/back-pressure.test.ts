import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { alike, withWorker } from '../../bench/bench-run.js';
import { readCounts } from '../../bench/handlers/counts.js';
import { type Lab, startLab } from '../../lab/lab.js';
import { handlerFile } from './helpers/fixtures.js';

const MIB = 1024 * 1024;
/** For a very busy machine. */
const PATIENCE_MS = 180_000;
jest.setTimeout(2 * PATIENCE_MS);

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** The batch at hand, and what KCL fetches ahead: until it has four answers, 8 MiB or 30,000 records. */
const SMALL = { what: 'small answers', recordBytes: 100, recordsPerBatch: 10, bound: 1 + 4 };
const MANY = {
  what: 'full answers of small records',
  recordBytes: 100,
  recordsPerBatch: 10_000,
  bound: 1 + 3,
};
const LARGE = { what: 'full answers of large records', recordBytes: MIB, recordsPerBatch: 10, bound: 1 + 1 };

// On a replay of Kinesis that always has more records: the emulator would run out of them.
test.each([
  { transport: 'host', ...SMALL },
  { transport: 'host', ...MANY },
  { transport: 'host', ...LARGE },
  { transport: 'multilang', ...SMALL },
] as const)(
  'transport $transport, $what: a handler that never finishes stops the fetching of its shard alone',
  async ({ transport, bound, recordBytes, recordsPerBatch }) => {
    const run = {
      transport,
      shards: alike(2, { recordBytes, recordsPerBatch, bytesPerSecond: 0 }),
      handler: 'unused',
      env: { HANDLER: handlerFile('first-shard-hangs'), HANDLER_TIMEOUT_MS: '0' },
    };
    await withWorker(lab, run, async ({ consumer, replay, folder }) => {
      const answers = async () => ((await replay.served())[0] ?? 0) / recordsPerBatch;
      const bothBegun = () => Object.keys(readCounts(folder).firstAt).length === 2;
      await consumer.until('a record of each shard', bothBegun, PATIENCE_MS);
      while ((await answers()) < bound) await sleep(100); // jest has a time limit

      const enough = readCounts(folder).records + 3 * bound * recordsPerBatch;
      const othersHandled = () => readCounts(folder).records >= enough;
      await consumer.until('more records of the other shard', othersHandled, PATIENCE_MS);

      expect(await answers()).toBe(bound);
    });
  },
);
