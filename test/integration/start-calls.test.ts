import { createStream, type Lab, putRecords, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { leaseItem, makeLeaseTable } from '../streams/helpers/lease-tables.js';
import { countCalls } from './helpers/counted-calls.js';
import { withConsumer } from './helpers/fixtures.js';
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
  await withConsumer(lab, arn, given, async (consumer) => {
    await consumer.ended;
    expect(consumer.stderr).toContain("Java can't be started");
  });
  return calls.take().counts;
}

test.each<Start>([
  { known: false, preflight: 'warn' },
  { known: false, preflight: 'off' },
  { known: true, preflight: 'warn' },
  { known: true, preflight: 'off' },
])('%j', async (start) => {
  console.log(JSON.stringify({ start, counts: await callsOf(start) }, null, 1));
});
