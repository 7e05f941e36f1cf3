import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import type { WorkerProcess } from '../../lab/worker-process.js';
import { type CountedCalls, type Counts, countCalls } from './helpers/counted-calls.js';
import { byShard, handlerFile, leasesOf, sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

test.each(TRANSPORTS)('%s: a consumer stopped in the middle goes on exactly there', async (transport) => {
  const orders = sampleOrders(lab.owner.id, 1_000);
  const { arn, application } = await sharedStream(lab, orders);

  const before = await withWorker(
    lab,
    arn,
    // A child of the multilang transport finishes its batch before it stops: small ones leave some to read.
    { TRANSPORT: transport, HANDLER: handlerFile('slow'), KCL_MAX_RECORDS: '20' },
    async (consumer) => {
      await consumer.until('a part is handled', () => consumer.ledger.length >= 200);
      expect(await consumer.stop()).toEqual({ code: 0, signal: null });
      return consumer.ledger;
    },
  );
  const leases = await leasesOf(lab, application);
  expect(leases).toHaveLength(4);
  for (const { shardId, checkpoint, owner } of leases) {
    const last = byShard(before).get(shardId)?.at(-1)?.sequenceNumber ?? 'TRIM_HORIZON';
    expect({ shardId, checkpoint, owner }).toEqual({ shardId, checkpoint: last, owner: undefined });
  }

  const calls = await countCalls(lab, arn);
  const env = { TRANSPORT: transport, ...SHORT_INTERVALS, ...calls.env };
  const after = await withWorker(lab, arn, env, async (consumer) => {
    await consumer.until('the first of them', () => consumer.ledger.length > 0);
    expectFewUntilFirstRecord(calls.take());
    await consumer.until('the rest is handled', () => consumer.ledger.length >= 1_000 - before.length);
    if (transport === 'host') await expectFewWhileIdle(consumer, calls);
    expect((await consumer.stop()).code).toBe(0);
    return consumer.ledger;
  });

  expect(before.length).toBeLessThan(1_000);
  const keys = [...before, ...after].map(({ partitionKey }) => partitionKey).sort();
  expect(keys).toEqual(orders.map(({ partitionKey }) => partitionKey).sort());
});

/** So that an idle worker is seen soon: renewals follow the failover time. */
const SHORT_INTERVALS = { KCL_FAILOVER_TIME_MILLIS: '4000', LEASE_ASSIGNMENT_INTERVAL_MILLIS: '500' };
const SHARD = 'shardId-000000000000';

/** Of four shards. What is asked again and again until then is bounded for each second: a busy machine takes more of them. */
function expectFewUntilFirstRecord({ counts, seconds }: Counts): void {
  expectAtMost(counts, {
    PutItem: 2,
    DescribeStreamSummary: 2,
    ListShards: 5,
    // Four of KCL; of a shard with a checkpoint Node looks how far its records reach back.
    GetShardIterator: 8,
    DescribeTable: 12 + seconds,
    GetItem: 12 + 2 * seconds,
    // Leases are assigned twice a second.
    Scan: 8 + 3 * seconds,
    Query: 3 + seconds,
    // Four leases that are renewed three times in four seconds, the leader's lock and the worker's load.
    UpdateItem: 12 + 5 * seconds,
    GetRecords: 8 + 12 * seconds,
  });
}

/** A worker alone, with nothing to read, looks at the table less often than it renews a lease. */
async function expectFewWhileIdle(consumer: WorkerProcess, calls: CountedCalls): Promise<void> {
  const renewals = 9;
  const stored = () =>
    consumer.log.reduce((sum, { msg, records }) => sum + (msg === 'checkpointed' ? Number(records) : 0), 0);
  await consumer.until('all is checkpointed', () => stored() >= consumer.ledger.length);
  const { length: logged } = consumer.log;
  calls.take();
  const until = calls.renewals(SHARD) + renewals;
  await consumer.until('the leases are renewed again and again', () => calls.renewals(SHARD) >= until);
  const { counts, seconds } = calls.take();
  expectAtMost(counts, {
    // Four leases are renewed three times in four seconds; leader and load are written a third as often.
    UpdateItem: 4 + 4 * seconds,
    Scan: 0.75 * seconds,
    Query: 0.75 * seconds,
    GetItem: 2 + seconds / 20,
    DescribeTable: 1 + seconds / 30,
    GetRecords: Number.POSITIVE_INFINITY,
  });
  const lines = consumer.log.slice(logged).map(({ msg }) => msg);
  expect({ lines, few: lines.length <= 6 + seconds / 5 }).toEqual({ lines, few: true });
}

/** An operation that is not named must not be called. */
function expectAtMost(counts: Record<string, number>, most: Record<string, number>): void {
  const tooOften = Object.keys(counts).filter(
    (operation) => (counts[operation] ?? 0) > (most[operation] ?? 0),
  );
  expect({ counts, tooOften }).toEqual({ counts, tooOften: [] });
}
