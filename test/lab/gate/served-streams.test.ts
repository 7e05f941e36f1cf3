import { createHash } from 'node:crypto';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
  PutResourcePolicyCommand,
  SubscribeToShardCommand,
} from '@aws-sdk/client-kinesis';
import { createStream, putRecords, registerConsumer } from '../../../lab/lab.js';
import { allow, OWNER, ROLE, sharedWith } from '../helpers/access.js';
import { type GatedLab, startGatedLab } from './helpers/gated-lab.js';

const SHARD = 'shardId-000000000000';
const LARGE = Buffer.alloc(6 * 1024 * 1024, 'large');

let lab: GatedLab;
beforeAll(async () => {
  lab = await startGatedLab();
});
afterAll(() => lab.stop());

let names = 0;
/** Three records, of which the first has no key and the others are large. */
async function rewritten(): Promise<{ stream: string; consumer: string; kinesis: KinesisClient }> {
  const name = `rewritten-${++names}`;
  const stream = await createStream(lab.owner, name, 1);
  const consumer = await registerConsumer(lab.owner, stream, name);
  const keys = ['none', 'large-1', 'large-2'];
  await putRecords(
    lab.owner,
    stream,
    keys.map((partitionKey) => ({ partitionKey, data: Buffer.from('small') })),
  );
  const { kinesis } = lab.as(OWNER);
  for (const ResourceARN of [stream, consumer]) {
    await kinesis.send(
      new PutResourcePolicyCommand({ ResourceARN, Policy: JSON.stringify(sharedWith(ResourceARN, ROLE)) }),
    );
  }
  lab.gate.streams.rewrite(stream, ({ partitionKey }) =>
    partitionKey === 'none' ? { partitionKey: null } : { data: LARGE },
  );
  return { stream, consumer, kinesis: lab.session(ROLE, [allow({ Action: 'kinesis:*' })]).kinesis };
}

/** Jest compares large buffers byte by byte, for minutes. */
const seen = ({ PartitionKey, Data = new Uint8Array() }: KinesisRecord) =>
  `${PartitionKey} ${createHash('sha256').update(Data).digest('hex')}`;
const EXPECTED = [
  { PartitionKey: undefined, Data: Buffer.from('small') },
  { PartitionKey: 'large-1', Data: LARGE },
  { PartitionKey: 'large-2', Data: LARGE },
].map((record) => seen({ SequenceNumber: '', ...record }));

test('answers of GetRecords have the records as they are served, and at most 10 MiB each', async () => {
  const { stream, kinesis } = await rewritten();
  const start = { StreamARN: stream, ShardId: SHARD, ShardIteratorType: 'TRIM_HORIZON' } as const;
  let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(start));
  const got: string[] = [];
  const sizes: number[] = [];
  while (got.length < EXPECTED.length) {
    const answer = await kinesis.send(new GetRecordsCommand({ StreamARN: stream, ShardIterator }));
    const records = answer.Records ?? [];
    if (records.length > 0) sizes.push(records.length);
    got.push(...records.map(seen));
    ShardIterator = answer.NextShardIterator;
  }

  expect(sizes).toEqual([2, 1]);
  expect(got).toEqual(EXPECTED);
});

test('so have the events of SubscribeToShard, until the subscription is ended', async () => {
  const { consumer, kinesis } = await rewritten();
  const { EventStream = [] } = await kinesis.send(
    new SubscribeToShardCommand({
      ConsumerARN: consumer,
      ShardId: SHARD,
      StartingPosition: { Type: 'TRIM_HORIZON' },
    }),
  );
  const got: string[] = [];
  const ends: boolean[] = [];
  for await (const { SubscribeToShardEvent: event } of EventStream) {
    const records = event?.Records ?? [];
    if (records.length > 0) {
      ends.push(event?.ContinuationSequenceNumber === records.at(-1)?.SequenceNumber);
    }
    got.push(...records.map(seen));
    if (got.length === EXPECTED.length) lab.gate.streams.endSubscriptions();
  }

  expect(got).toEqual(EXPECTED);
  expect(ends).toEqual([true, true]);
  expect(lab.gate.streams.endSubscriptions()).toBe(0);
});

test('a description has the fields that it was given', async () => {
  const { stream, kinesis } = await rewritten();
  const described = async () =>
    (await kinesis.send(new DescribeStreamSummaryCommand({ StreamARN: stream }))).StreamDescriptionSummary;

  lab.gate.streams.describe(stream, { MaxRecordSizeInKiB: 10_240 });
  lab.gate.streams.describe(stream, { RecordDistributionStrategy: 'AUTO' });

  expect(await described()).toMatchObject({
    StreamARN: stream,
    MaxRecordSizeInKiB: 10_240,
    RecordDistributionStrategy: 'AUTO',
  });
});
