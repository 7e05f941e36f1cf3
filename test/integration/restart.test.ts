import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
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

  const after = await withConsumer(lab, arn, { TRANSPORT: transport }, async (consumer) => {
    await consumer.until('the rest is handled', () => consumer.ledger.length >= 1_000 - before.length);
    expect((await consumer.stop()).code).toBe(0);
    return consumer.ledger;
  });

  expect(before.length).toBeLessThan(1_000);
  const keys = [...before, ...after].map(({ partitionKey }) => partitionKey).sort();
  expect(keys).toEqual(orders.map(({ partitionKey }) => partitionKey).sort());
});
