import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient, Shard } from '@aws-sdk/client-kinesis';
import { parseStreamArn } from '../../src/aws/arn.js';
import { leasesAgainstShards } from '../../src/leases/foreign-leases.js';
import { streamLookups, tableLookup } from '../../src/leases/lookup.js';
import { leasesWith } from './helpers/lease-tables.js';
import { lookUp } from './helpers/look-up.js';

const STREAM = parseStreamArn('arn:aws:kinesis:us-east-1:111111111111:stream/orders');

/** Clients that answer so, one after the other, and note what they are asked for. */
function answering(...answers: (object | Error)[]) {
  const asked: string[] = [];
  const client = {
    async send({ constructor: { name }, input }: { constructor: { name: string }; input: object }) {
      const answer = answers[asked.length];
      asked.push(`${name} ${JSON.stringify(input)}`);
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('not answered here');
      return answer;
    },
  };
  return {
    asked,
    kinesis: client as unknown as KinesisClient,
    dynamodb: client as unknown as DynamoDBClient,
  };
}

test('all who ask for a stream get the answer of one call', async () => {
  const { asked, kinesis } = answering({ StreamDescriptionSummary: { StreamStatus: 'ACTIVE' } });
  const lookup = lookUp(kinesis, STREAM);

  const answers = await Promise.all([lookup.summary(), lookup.summary()]);

  expect([...answers, await lookup.summary()]).toEqual(Array(3).fill({ StreamStatus: 'ACTIVE' }));
  expect(asked).toHaveLength(1);
});

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

test.each([
  ['AccessDeniedException', 'not authorized'],
  ['ResourceNotFoundException', 'not found'],
])('or its error, where AWS would give the same again: %s', async (name, message) => {
  const { asked, kinesis } = answering(named(name, message), { StreamDescriptionSummary: {} });
  const lookup = lookUp(kinesis, STREAM);

  await expect(lookup.summary()).rejects.toThrow(message);
  await expect(lookup.summary()).rejects.toThrow(message);
  await expect(lookup.again().summary()).resolves.toEqual({});
  expect(asked).toHaveLength(2);
});

test('after an error that may pass, the next who asks makes the call again', async () => {
  const { asked, kinesis } = answering(
    new Error('not now'),
    { StreamDescriptionSummary: {} },
    new Error('not now'),
    { Shards: [] },
  );
  const lookup = lookUp(kinesis, STREAM);

  await expect(lookup.summary()).rejects.toThrow('not now');
  await expect(lookup.summary()).resolves.toEqual({});
  await expect(lookup.shards()).rejects.toThrow('not now');
  await expect(lookup.shards()).resolves.toEqual([]);
  expect(asked).toHaveLength(4);
});

test('calls end with the signal', async () => {
  const ends = new AbortController();
  const never = (_: object, { abortSignal }: { abortSignal: AbortSignal }) =>
    new Promise((_resolve, reject) =>
      abortSignal.addEventListener('abort', () => reject(new Error('ended'))),
    );
  const kinesis = { send: never } as unknown as KinesisClient;
  const [lookup] = streamLookups(kinesis, [{ stream: STREAM }], ends.signal);
  const asked = lookup?.summary();
  setImmediate(() => ends.abort());
  await expect(asked).rejects.toThrow('ended');
});

test('each page of shards is listed once, whether a page or all of them are asked for', async () => {
  const shard = (number: number): Shard => ({ ShardId: `shardId-${number}` }) as Shard;
  const { asked, kinesis } = answering(
    { Shards: [shard(0)], NextToken: 'x' },
    { Shards: [shard(1)], NextToken: 'y' },
    { Shards: [shard(2)] },
  );
  const lookup = lookUp(kinesis, STREAM);

  expect(await lookup.shardPage(1)).toMatchObject({ Shards: [shard(1)] });
  expect(await lookup.shards()).toEqual([shard(0), shard(1), shard(2)]);
  expect(await lookup.shardPage(3)).toBeUndefined();
  expect(asked).toEqual([
    `ListShardsCommand {"StreamARN":"${STREAM.arn}"}`,
    'ListShardsCommand {"NextToken":"x"}',
    'ListShardsCommand {"NextToken":"y"}',
  ]);
});

test('a table is described before it is scanned, each page of which is read once', async () => {
  const key = { leaseKey: { S: 'b' } };
  const { asked, dynamodb } = answering(
    { Table: { TableStatus: 'ACTIVE' } },
    { Items: [{ leaseKey: { S: 'a' } }], LastEvaluatedKey: key },
    { Items: [key] },
  );
  const lookup = tableLookup(dynamodb, 'orders');

  const [first, items] = await Promise.all([lookup.itemPage(0), lookup.items(), lookup.describe()]);

  expect(first?.Items).toHaveLength(1);
  expect(items).toHaveLength(2);
  expect(asked.map((call) => call.split(' ')[0])).toEqual([
    'DescribeTableCommand',
    'ScanCommand',
    'ScanCommand',
  ]);
});

test('once the signal is aborted no further stream is described', async () => {
  const { asked, kinesis } = answering({});
  const leaving = new AbortController();
  const [one, other] = streamLookups(kinesis, [{ stream: STREAM }, { stream: STREAM }], leaving.signal);

  await one?.summary();
  const late = other?.summary();
  leaving.abort(new Error('left'));

  await expect(late).rejects.toThrow('left');
  expect(asked).toHaveLength(1);
});

describe('a lease that contradicts the shards as they were listed', () => {
  const shards = (...ids: string[]) => ({ Shards: ids.map((ShardId) => ({ ShardId })) });
  const [old, young] = ['shardId-000000000000', 'shardId-000000000001'] as const;
  const table = { name: 'orders', leases: leasesWith(old, young) };
  const source = { stream: STREAM, creationEpoch: undefined };

  test('does not, if its shard came in between', async () => {
    const { asked, kinesis } = answering(shards(old), shards(old, young));

    expect(await leasesAgainstShards(table, source, lookUp(kinesis, STREAM))).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  test('is refused, if it contradicts the list that is newer than it', async () => {
    const { kinesis } = answering(shards(old), shards(old));

    expect((await leasesAgainstShards(table, source, lookUp(kinesis, STREAM)))?.message).toContain(
      `${young}: the stream has no such shard, and never had`,
    );
  });
});
