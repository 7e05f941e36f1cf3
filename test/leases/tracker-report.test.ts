import { jest } from '@jest/globals';
import { createStream, type Lab, startLab } from '../../lab/lab.js';
import { parseStreamArn, type StreamArn } from '../../src/aws/arn.js';
import { checkStream } from '../../src/leases/check-stream.js';
import { reportTrackers, type TrackerQuestion } from '../../src/leases/tracker-report.js';
import { leaseItem, makeLeaseTable } from './helpers/lease-tables.js';
import { lookUp } from './helpers/look-up.js';

const SHARDS = ['shardId-000000000000', 'shardId-000000000001'];
const FORMER = 1_600_000_000;

let lab: Lab;
let orders: StreamArn;
let epoch: number;
beforeAll(async () => {
  lab = await startLab();
  orders = parseStreamArn(await createStream(lab.owner, 'orders', 2));
  epoch = (await checkStream(lookUp(lab.reader.kinesis, orders))).creationEpoch;
});
afterAll(() => lab.stop());

/** As the reader. */
function report(question: Partial<TrackerQuestion>) {
  const { kinesis, dynamodb } = lab.reader;
  const asked = { streams: [], leaseTable: undefined, region: 'us-east-1', ...question };
  return reportTrackers(asked, kinesis, dynamodb);
}

/** Keys of two shards in the multi-stream form. */
function keysOf(creationEpoch: number, stream = '111111111111:orders'): string[] {
  return SHARDS.map((shard) => `${stream}:${creationEpoch}:${shard}`);
}

async function tableOf(name: string, keys: readonly string[]): Promise<{ leaseTable: string }> {
  await makeLeaseTable(
    lab.reader,
    name,
    keys.map((key) => leaseItem(key)),
  );
  return { leaseTable: name };
}

test('without the name of a lease table DynamoDB is not asked', async () => {
  const send = jest.spyOn(lab.reader.dynamodb, 'send');
  const found = await report({ streams: [orders] });
  const calls = send.mock.calls.length;
  send.mockRestore();

  expect(found).toEqual({
    streams: [{ streamArn: orders.arn, creationEpoch: epoch, source: 'stream', leases: 0 }],
    leaseTable: undefined,
  });
  expect(calls).toBe(0);
});

test('a lease table that does not exist is undefined', async () => {
  expect(await report({ streams: [orders], leaseTable: 'nothing' })).toMatchObject({
    streams: [{ source: 'stream', leases: 0 }],
    leaseTable: undefined,
  });
});

test('leases of the stream and its epoch are counted', async () => {
  const table = await tableOf('same', [...keysOf(epoch), ...keysOf(FORMER, '333333333333:orders')]);

  expect((await report({ streams: [orders], ...table })).streams).toEqual([
    { streamArn: orders.arn, creationEpoch: epoch, source: 'leases', leases: 2 },
  ]);
});

test('leases of another epoch are a contradiction, with the ways out', async () => {
  const table = await tableOf('former', keysOf(FORMER));

  expect((await report({ streams: [orders], ...table })).streams).toEqual([
    {
      streamArn: orders.arn,
      creationEpoch: epoch,
      source: 'stream',
      leases: 0,
      contradiction: expect.stringMatching(
        `${epoch} .*${FORMER} .*: it was deleted and made again .*\\. To read the stream`,
      ),
    },
  ]);
});

test('leases of the single-stream form are a contradiction too: `start` refuses them in this form', async () => {
  const table = await tableOf('single', SHARDS);

  expect((await report({ streams: [orders], ...table })).streams).toMatchObject([
    {
      source: 'stream',
      leases: 0,
      contradiction: expect.stringMatching(
        /^the lease table single has leases like shardId-000000000000, .*\. To continue from them: streamArn alone/,
      ),
    },
  ]);
});

test('without a stream the lease table tells them, each epoch by itself', async () => {
  const others = keysOf(1_650_000_000, '333333333333:payments');
  const table = await tableOf('alone', [...keysOf(FORMER), ...keysOf(epoch), ...others]);

  expect((await report(table)).streams).toEqual([
    { streamArn: orders.arn, creationEpoch: epoch, source: 'leases', leases: 2 },
    { streamArn: orders.arn, creationEpoch: FORMER, source: 'leases', leases: 2 },
    {
      streamArn: 'arn:aws:kinesis:us-east-1:333333333333:stream/payments',
      creationEpoch: 1_650_000_000,
      source: 'leases',
      leases: 2,
    },
  ]);
});

test('streams that the lease table alone tells have the region and its partition', async () => {
  const table = await tableOf('chinese', keysOf(FORMER));

  expect((await report({ ...table, region: 'cn-north-1' })).streams).toMatchObject([
    { streamArn: 'arn:aws-cn:kinesis:cn-north-1:111111111111:stream/orders' },
  ]);
});

test('leases are told flat, with null for what is missing', async () => {
  const held = leaseItem(keysOf(FORMER)[0] ?? '', {
    leaseOwner: { S: 'host-1:5e0f' },
    checkpoint: { S: '4960' },
    checkpointSubSequenceNumber: { N: '3' },
  });
  await makeLeaseTable(lab.reader, 'flat', [held, leaseItem(SHARDS[1] ?? '')], { index: false });

  expect((await report({ leaseTable: 'flat' })).leaseTable).toEqual({
    name: 'flat',
    entityCounts: { LEASE: 2 },
    hasIndex: false,
    leases: [
      {
        key: held.leaseKey?.S,
        shardId: 'shardId-000000000000',
        stream: '111111111111:orders',
        creationEpoch: FORMER,
        owner: 'host-1:5e0f',
        checkpoint: '4960',
        subSequenceNumber: 3,
      },
      {
        key: 'shardId-000000000001',
        shardId: 'shardId-000000000001',
        stream: null,
        creationEpoch: null,
        owner: null,
        checkpoint: 'TRIM_HORIZON',
        subSequenceNumber: 0,
      },
    ],
  });
});

test('a stream that does not exist is refused', async () => {
  const missing = parseStreamArn(`${orders.arn}-missing`);

  await expect(report({ streams: [orders, missing] })).rejects.toThrow(
    `the stream ${missing.arn} can't be read: there is no such stream`,
  );
});
