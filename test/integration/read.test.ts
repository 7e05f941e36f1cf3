import { type Lab, putRecords, type RecordToPut, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { byShard, DECOY, sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

describe.each(TRANSPORTS)('transport %s', (transport) => {
  test('1,000 records of the owner are handled by the reader, in order, and no decoy', async () => {
    const orders = sampleOrders(lab.owner.id, 1_000);
    const { arn } = await sharedStream(lab, orders);

    await withWorker(lab, arn, { TRANSPORT: transport }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 1_000);
      expect(await consumer.stop()).toEqual({ code: 0, signal: null });

      const { ledger } = consumer;
      expect(ledger).toHaveLength(1_000);
      expect(new Set(ledger.map(({ partitionKey }) => partitionKey))).toEqual(
        new Set(orders.map(({ partitionKey }) => partitionKey)),
      );
      expect(ledger.every(({ stream }) => stream === arn)).toBe(true);
      expect(byShard(ledger).size).toBe(4);
      for (const entries of byShard(ledger).values()) {
        const numbers = entries.map(({ sequenceNumber }) => BigInt(sequenceNumber));
        expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)));
      }
      expect(new Set(ledger.map(({ pid }) => pid)).size).toBe(transport === 'host' ? 1 : 4);
      expect(ledger.every(({ arrivedAt }) => Math.abs(Date.now() - (arrivedAt ?? 0)) < 600_000)).toBe(true);
    });
  });

  test('bytes and partition keys arrive exactly, also under LC_ALL=C', async () => {
    const records = oddRecords();
    const { arn } = await sharedStream(lab, records, 1);

    await withWorker(lab, arn, { TRANSPORT: transport, LC_ALL: 'C' }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= records.length);

      const arrived = consumer.ledger.map(({ partitionKey, data }) => ({ partitionKey, data }));
      expect(arrived).toEqual(
        records.map(({ partitionKey, data }) => ({
          partitionKey,
          data: Buffer.from(data).toString('base64'),
        })),
      );
      expect((await consumer.stop()).code).toBe(0);
    });
  });

  test('the log is JSON throughout, says where it stands, and holds no credentials and no record data', async () => {
    const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 1);
    const secret = { AWS_SECRET_ACCESS_KEY: 'lab-secret-4711', AWS_SESSION_TOKEN: 'lab-token-4712' };

    await withWorker(lab, arn, { TRANSPORT: transport, ...secret }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 20);
      await consumer.stop();

      const text = JSON.stringify(consumer.log) + consumer.stderr;
      expect(text).not.toMatch(/lab-secret-4711|lab-token-4712/);
      expect(text).not.toMatch(/Müller|espresso|orderId/);
      expect(consumer.log.every(({ level }) => level > 0)).toBe(true);
      expect(consumer.log.some(({ component, logger }) => component === 'launcher' && logger)).toBe(true);
      const checkpointed = consumer.log.find(({ msg }) => msg === 'checkpointed');
      expect(checkpointed).toMatchObject({
        stream: arn,
        shard: 'shardId-000000000000',
        sequenceNumber: consumer.ledger.at(-1)?.sequenceNumber,
        subSequenceNumber: 0,
        records: 20,
      });
      expect(text).not.toContain(DECOY);
    });
  });
});

test('records that come later are read too, and checkpointed while the stream is idle', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 5), 1);

  await withWorker(lab, arn, { CHECKPOINT_INTERVAL_MS: '100' }, async (consumer) => {
    await consumer.until('the first five', () => consumer.ledger.length >= 5);
    await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, 10).slice(5));
    await consumer.until('the next five', () => consumer.ledger.length >= 10);
    const last = consumer.ledger.at(-1)?.sequenceNumber;
    await consumer.until('the last is checkpointed', () =>
      consumer.log.some(({ msg, sequenceNumber }) => msg === 'checkpointed' && sequenceNumber === last),
    );
  });
});

function oddRecords(): RecordToPut[] {
  const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const keys = [
    'pé漢字🙂',
    'q"uo\'te\\',
    'sep\u2028ara\u2029tor',
    'con\u0001trol\ttab\nnew\r',
    ' ',
    'x'.repeat(256),
  ];
  return [
    ...keys.map((partitionKey) => ({ partitionKey, data: allBytes })),
    { partitionKey: 'empty', data: Buffer.alloc(0) },
    { partitionKey: 'large', data: Buffer.alloc(1024 * 1024 - 5, allBytes) },
    { partitionKey: 'last', data: Buffer.from('{"json": "\u2028"}') },
  ];
}
