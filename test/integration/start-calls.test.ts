import { createStream, type Lab, putRecords, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { leaseItem, makeLeaseTable } from '../leases/helpers/lease-tables.js';
import { countCalls } from './helpers/counted-calls.js';
import { withWorker } from './helpers/fixtures.js';
import { throughGate } from './helpers/gate.js';

const SHARDS = 4;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

let streams = 0;

interface Start {
  /** Whether the application has a lease table, and reads with a registered consumer. */
  readonly known: boolean;
  readonly preflight: 'warn' | 'off';
}

/** What `start` calls until it starts Java, which is not there: by operation. */
async function callsOf({ known, preflight }: Start): Promise<Record<string, number>> {
  const arn = await createStream(lab.owner, `calls-${++streams}`, SHARDS);
  const [record] = sampleOrders(lab.owner.id, 1);
  if (record) await putRecords(lab.owner, arn, [record]);
  const application = `calls-${streams}`;
  const env = await throughGate(lab, arn, { fanOut: known });
  const calls = await countCalls(lab, arn);
  if (known) {
    const keys = Array.from({ length: SHARDS }, (_, index) => `shardId-00000000000${index}`);
    await makeLeaseTable(
      lab.reader,
      application,
      keys.map((key) => leaseItem(key, { startingHashKey: { NULL: true }, endingHashKey: { NULL: true } })),
    );
  }
  const given = {
    ...env,
    ...calls.env,
    APPLICATION_NAME: application,
    PREFLIGHT: preflight,
    METRICS_LEVEL: 'NONE',
    JAVA_HOME: '/nowhere',
    ...(known && { KCL_WORKER_IDENTIFIER: 'orders-0' }),
  };
  await withWorker(lab, arn, given, async (consumer) => {
    await consumer.ended;
    expect(consumer.stderr).toContain("Java can't be started");
  });
  return calls.take().counts;
}

/** Of a table that preflight tries to write to, so that nothing is written. */
const TRIALS = { Query: 1, GetItem: 1, PutItem: 1, UpdateItem: 1, DeleteItem: 1 };
const READS = { GetShardIterator: SHARDS, GetRecords: 2 * SHARDS };

test.each<[Start, Record<string, number>]>([
  [
    { known: false, preflight: 'off' },
    { DescribeStreamSummary: 1, DescribeTable: 1 },
  ],
  [
    { known: false, preflight: 'warn' },
    {
      DescribeStreamSummary: 1,
      ListShards: 1,
      // The lease table, and the two of KCL 3.0 to 3.4.
      DescribeTable: 3,
      Scan: 1,
      CreateTable: 1,
      ...TRIALS,
      ...READS,
    },
  ],
  [
    { known: true, preflight: 'off' },
    // Of the tables of KCL 3.0 to 3.4 the second is not looked for where the first is missing. For the worker's identifier all is
    // read again, since other workers may have come meanwhile.
    { DescribeStreamSummary: 1, DescribeStreamConsumer: 1, ListShards: 1, DescribeTable: 4, Scan: 2 },
  ],
  [
    { known: true, preflight: 'warn' },
    {
      DescribeStreamSummary: 1,
      DescribeStreamConsumer: 1,
      ListShards: 1,
      SubscribeToShard: 1,
      // Before a subscription too: it would end that of a worker.
      DescribeTable: 6,
      Scan: 3,
      ...TRIALS,
      ...READS,
    },
  ],
])('start asks for each thing once: %j', async (start, most) => {
  const counts = await callsOf(start);
  const tooOften = Object.keys(counts).filter((name) => (counts[name] ?? 0) > (most[name] ?? 0));
  expect({ counts, tooOften }).toEqual({ counts, tooOften: [] });
  expect(counts.DescribeStreamSummary).toBe(1);
  expect(counts.DescribeTable).toBe(most.DescribeTable);
});
