import { alike, withWorker } from '../../bench/bench-run.js';
import { readCounts } from '../../bench/handlers/counts.js';
import { type Lab, startLab } from '../../lab/lab.js';
import { handlerFile, TRANSPORTS } from './helpers/fixtures.js';

const MIB = 1024 * 1024;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

// On a replay of Kinesis that always has more records: the emulator would run out of them.
describe.each(TRANSPORTS)('transport %s, and a shard whose handler never finishes', (transport) => {
  test.each([
    // The batch at hand, and what KCL fetches ahead: until it has four answers, 8 MiB or 30,000 records.
    { what: 'small answers', recordBytes: 100, recordsPerBatch: 10, answers: 1 + 4 },
    { what: 'full answers of small records', recordBytes: 100, recordsPerBatch: 10_000, answers: 1 + 3 },
    { what: 'full answers of large records', recordBytes: MIB, recordsPerBatch: 10, answers: 1 + 1 },
  ])(
    '$what: KCL stops to fetch for it, and the other shard goes on',
    async ({ what: _, answers, ...records }) => {
      const run = {
        transport,
        shards: alike(2, { ...records, bytesPerSecond: 0 }),
        handler: 'unused',
        env: { HANDLER: handlerFile('first-shard-hangs'), HANDLER_TIMEOUT_MS: '0' },
      };
      await withWorker(lab, run, async ({ consumer, replay, folder }) => {
        const bothBegun = () => Object.keys(readCounts(folder).firstAt).length === 2;
        await consumer.until('a record of each shard', bothBegun);
        const handledOf = (batches: number) =>
          readCounts(folder).records >= batches * records.recordsPerBatch;
        await consumer.until('the bound is reached', () => handledOf(2 * answers));
        const handled = readCounts(folder).records;

        const more = handled / records.recordsPerBatch + 3 * answers;
        await consumer.until('many more of the other', () => handledOf(more));

        const [hanging, other] = await replay.served();
        expect(hanging).toEqual({
          calls: answers,
          records: answers * records.recordsPerBatch,
          bytes: answers * records.recordsPerBatch * records.recordBytes,
        });
        expect(other?.calls).toBeGreaterThanOrEqual(more);
      });
    },
  );
});
