import { type LeaseTable, parseItems } from '../../src/leases/lease-table.js';
import { otherWorkerAlive } from '../../src/leases/worker-identifier.js';
import { memoryLog } from '../helpers/memory-log.js';
import { type Item, leaseItem } from './helpers/lease-tables.js';

const WORKER = 'orders-0';
/** For those that are found dead: it is waited for. */
const SHORT_MS = 200;
/** For those that are found alive, also by a machine that is late. */
const LONG_MS = 20_000;

const lease = (shard: number, leaseCounter: number, owner = WORKER) =>
  leaseItem(`shardId-00000000000${shard}`, {
    leaseOwner: { S: owner },
    leaseCounter: { N: String(leaseCounter) },
  });
const report = (reportedAt: number, worker = WORKER): Item => ({
  leaseKey: { S: worker },
  entityType: { S: 'WORKER_METRIC_STATS' },
  lut: { N: String(reportedAt) },
});
const REPORTED = Math.floor(Date.now() / 1000);

/** Asks while the table is as the function says at each look. */
async function ask(tableAt: (look: number) => Item[] | undefined, failoverTimeMs = SHORT_MS, graceMs = 0) {
  const { logger, messages } = memoryLog();
  let looks = 0;
  const readTable = async (): Promise<LeaseTable | undefined> => {
    const items = tableAt(looks++);
    return items && { name: 'orders', hasIndex: true, ...parseItems(items) };
  };
  const seen = await otherWorkerAlive({ worker: WORKER, failoverTimeMs, readTable }, logger, graceMs);
  return { seen, looks, warnings: messages('warn') };
}

test.each<[string, Item[] | undefined]>([
  ['no table', undefined],
  ['an empty table', []],
  ['leases and reports of others', [lease(0, 7, 'orders-1'), report(REPORTED, 'orders-1')]],
  ['a report of long ago', [lease(0, 7), report(REPORTED - 3_600)]],
])('with %s nobody is waited for', async (_what, items) => {
  expect(await ask(() => items)).toEqual({ seen: undefined, looks: 1, warnings: [] });
});

test('a worker that reports is alive, whether it holds leases or not', async () => {
  const { seen, warnings } = await ask((look) => [report(REPORTED + look)], LONG_MS);
  expect(seen).toBe('it has reported its load');
  expect(warnings).toEqual([expect.stringMatching(/waiting to see whether it is alive/)]);
});

test('a worker that renews a lease is alive, also without reports', async () => {
  const { seen } = await ask((look) => [lease(0, 7), lease(1, 7 + look)], LONG_MS);
  expect(seen).toBe('it has renewed its lease of shardId-000000000001');
});

test('what a worker that was killed has left is waited for, and no longer than it takes', async () => {
  const { seen, looks } = await ask(() => [lease(0, 7), report(REPORTED)]);
  expect(seen).toBeUndefined();
  expect(looks).toBeGreaterThan(2);
});

test('that its JVM still renews at first, and then gives the leases back, is no sign of life', async () => {
  const { seen } = await ask(
    (look) => (look < 4 ? [lease(0, 7 + look), report(REPORTED + look)] : []),
    SHORT_MS,
    LONG_MS,
  );
  expect(seen).toBeUndefined();
});

test('that the leader gives a lease out again is none either', async () => {
  const { seen } = await ask((look) => [lease(0, look < 2 ? 7 : 8), lease(1, look < 4 ? 1 : 2)]);
  expect(seen).toBeUndefined();
});
