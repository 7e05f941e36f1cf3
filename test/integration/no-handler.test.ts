import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { readLeaseTable, tableLookups } from '../../src/leases/lease-table-reader.js';
import { refusedStart } from './helpers/cli.js';
import { sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const COUNT = 12;

test.each(TRANSPORTS)('%s: without a handler nothing is read, and no lease is made', async (transport) => {
  const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, COUNT), 1);

  const { status, message } = await refusedStart(lab, {
    ...{ STREAM_ARN: arn, HANDLER: undefined, TRANSPORT: transport },
  });

  expect({ status, message }).toEqual({
    status: 2,
    message: expect.stringContaining('handler: there is none'),
  });
  expect(await readLeaseTable(tableLookups(lab.reader.dynamodb, { lease: application }))).toBeUndefined();
});

test.each(TRANSPORTS)('%s: the sample logs each record at info, without its data', async (transport) => {
  const orders = sampleOrders(lab.owner.id, COUNT);
  const { arn } = await sharedStream(lab, orders, 2);

  await withWorker(lab, arn, { TRANSPORT: transport, HANDLER: 'sample' }, async (consumer) => {
    const seen = () => consumer.log.filter(({ msg, level }) => msg === 'record' && level === 30);
    await consumer.until('all logged', () => seen().length >= COUNT);
    expect(await consumer.stop()).toEqual({ code: 0, signal: null });

    expect(new Set(seen().map(({ sequenceNumber }) => sequenceNumber)).size).toBe(COUNT);
    const log = JSON.stringify(consumer.log);
    for (const { data } of orders) expect(log).not.toContain(JSON.parse(String(data)).orderId);
  });
});
