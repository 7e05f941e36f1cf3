import type { ConsumerProcess } from '../../lab/consumer-process.js';
import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { type CountedCalls, countCalls } from './helpers/counted-calls.js';
import {
  byShard,
  handlerFile,
  leasesOf,
  sharedStream,
  TRANSPORTS,
  withConsumer,
} from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

test.each(TRANSPORTS)('%s: a consumer stopped in the middle goes on exactly there', async (transport) => {
  const orders = sampleOrders(lab.owner.id, 1_000);
  const { arn, application } = await sharedStream(lab, orders);

  const before = await withConsumer(
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
  const after = await withConsumer(lab, arn, env, async (consumer) => {
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

/** Of four shards. Where the machine is busy more is asked before the first record: the bounds leave some for it. */
function expectFewUntilFirstRecord(counts: Record<string, number>): void {
  expectAtMost(counts, {
    DescribeTable: 16,
    Scan: 12,
    Query: 4,
    GetItem: 20,
    PutItem: 2,
    UpdateItem: 24,
    DescribeStreamSummary: 2,
    ListShards: 5,
    // Four of KCL; of a shard with a checkpoint Node looks how far its records reach back.
    GetShardIterator: 8,
    GetRecords: 24,
  });
}

/** A worker alone, with nothing to read, looks at the table less often than it renews a lease. */
async function expectFewWhileIdle(consumer: ConsumerProcess, calls: CountedCalls): Promise<void> {
  const renewals = 9;
  const stored = () =>
    consumer.log.reduce((sum, { msg, records }) => sum + (msg === 'checkpointed' ? Number(records) : 0), 0);
  await consumer.until('all is checkpointed', () => stored() >= consumer.ledger.length);
  const { length: logged } = consumer.log;
  calls.take();
  const until = calls.renewals(SHARD) + renewals;
  await consumer.until('the leases are renewed again and again', () => calls.renewals(SHARD) >= until);
  expectAtMost(calls.take(), {
    // Four leases; leader and load are written a third as often.
    UpdateItem: 4 * (renewals + 1) + renewals,
    Scan: renewals,
    Query: renewals,
    GetItem: 2,
    DescribeTable: 1,
    GetRecords: Number.POSITIVE_INFINITY,
  });
  const lines = consumer.log.slice(logged).map(({ msg }) => msg);
  expect({ lines, few: lines.length <= 6 }).toEqual({ lines, few: true });
}

/** An operation that is not named must not be called. */
function expectAtMost(counts: Record<string, number>, most: Record<string, number>): void {
  const tooOften = Object.keys(counts).filter(
    (operation) => (counts[operation] ?? 0) > (most[operation] ?? 0),
  );
  expect({ counts, tooOften }).toEqual({ counts, tooOften: [] });
}
