import { CreateTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { type Account, createStream, type Lab, putRecords, startLab } from '../../lab/lab.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

test('the accounts are two, and each can be given to a process by its environment', () => {
  expect(lab.owner.env).toEqual({
    AWS_ACCESS_KEY_ID: '111111111111',
    AWS_SECRET_ACCESS_KEY: expect.any(String),
    AWS_REGION: 'us-east-1',
  });
  expect(lab.reader.env).toMatchObject({ AWS_ACCESS_KEY_ID: lab.reader.id });
  expect(lab.reader.id).toBe('222222222222');
});

test("the owner's stream is read by the reader by its ARN", async () => {
  const arn = await createStream(lab.owner, 'shared', 2);
  expect(arn).toBe('arn:aws:kinesis:us-east-1:111111111111:stream/shared');
  const [put] = await putRecords(lab.owner, arn, [{ partitionKey: 'k', data: Buffer.from('hello') }]);
  expect(await readAll(lab.reader, arn)).toEqual([
    { data: 'hello', shardId: put?.shardId, sequenceNumber: put?.sequenceNumber },
  ]);
});

test("a stream of the same name in the reader's account is a different one", async () => {
  const owners = await createStream(lab.owner, 'same-name', 1);
  const readers = await createStream(lab.reader, 'same-name', 1);
  expect(readers).toBe('arn:aws:kinesis:us-east-1:222222222222:stream/same-name');
  await putRecords(lab.owner, owners, [{ partitionKey: 'k', data: Buffer.from('of the owner') }]);
  await putRecords(lab.reader, readers, [{ partitionKey: 'k', data: Buffer.from('of the reader') }]);
  expect(await readAll(lab.reader, owners)).toMatchObject([{ data: 'of the owner' }]);
  expect(await readAll(lab.reader, readers)).toMatchObject([{ data: 'of the reader' }]);
});

test("the reader doesn't find the owner's stream by its name", async () => {
  await createStream(lab.owner, 'owners-only', 1);
  const byName = new DescribeStreamSummaryCommand({ StreamName: 'owners-only' });
  await expect(lab.reader.kinesis.send(byName)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a new stream is not ACTIVE at once, as on AWS', async () => {
  // On a busy machine the 100 ms may be over before the answer is here, time and again.
  const seen: unknown[] = [];
  while (seen.length < 200 && seen.at(-1) !== 'CREATING') {
    const StreamName = `fresh-${seen.length}`;
    await lab.owner.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    const { StreamDescriptionSummary: summary } = await lab.owner.kinesis.send(
      new DescribeStreamSummaryCommand({ StreamName }),
    );
    seen.push(summary?.StreamStatus);
  }
  expect(seen.at(-1)).toBe('CREATING');
});

test('more records than a PutRecords request holds are put in order, and explicit hash keys choose the shard', async () => {
  const arn = await createStream(lab.owner, 'many', 2);
  const highest = String(2n ** 128n - 1n);
  const records = Array.from({ length: 501 }, (_, index) => ({
    partitionKey: 'k',
    data: Buffer.from(String(index)),
    explicitHashKey: index === 0 ? '0' : highest,
  }));
  const results = await putRecords(lab.owner, arn, records);
  expect(results.map(({ shardId }) => shardId)).toEqual([
    'shardId-000000000000',
    ...Array(500).fill('shardId-000000000001'),
  ]);
  const read = await readAll(lab.reader, arn);
  const bySequenceNumber = new Map(read.map(({ sequenceNumber, data }) => [sequenceNumber, data]));
  expect(results.map(({ sequenceNumber }) => bySequenceNumber.get(sequenceNumber))).toEqual(
    records.map(({ data }) => data.toString()),
  );
});

test('requests that kinesis-local can not take over HTTP/2 work', async () => {
  const arn = await createStream(lab.owner, 'large', 1);
  const data = Buffer.alloc(1_000_000);
  await expect(putRecords(lab.owner, arn, [{ partitionKey: 'k', data }])).resolves.toHaveLength(1);
});

test("a table of the owner's account is not in the reader's", async () => {
  await lab.owner.dynamodb.send(
    new CreateTableCommand({
      TableName: 'leases',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
    }),
  );
  const tables = async (account: Account) =>
    (await account.dynamodb.send(new ListTablesCommand({}))).TableNames;
  expect(await tables(lab.owner)).toEqual(['leases']);
  expect(await tables(lab.reader)).toEqual([]);
});

async function readAll(account: Account, arn: string) {
  const { Shards: shards = [] } = await account.kinesis.send(new ListShardsCommand({ StreamARN: arn }));
  const perShard = await Promise.all(
    shards.map(async ({ ShardId: shardId }) => {
      const { ShardIterator } = await account.kinesis.send(
        new GetShardIteratorCommand({
          StreamARN: arn,
          ShardId: shardId,
          ShardIteratorType: 'TRIM_HORIZON',
        }),
      );
      const answer = await account.kinesis.send(new GetRecordsCommand({ StreamARN: arn, ShardIterator }));
      return (answer.Records ?? []).map(({ Data, SequenceNumber: sequenceNumber }) => ({
        data: Buffer.from(Data ?? []).toString(),
        shardId,
        sequenceNumber,
      }));
    }),
  );
  return perShard.flat();
}
