import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  ListShardsCommand,
  ResourceInUseException,
  type Shard,
} from '@aws-sdk/client-kinesis';
import type { Account } from '../../lab/account.js';
import {
  createStream,
  deleteStream,
  type Lab,
  mergeShards,
  putRecords,
  registerConsumer,
  splitShard,
  startLab,
} from '../../lab/lab.js';

const FIRST = 'shardId-000000000000';
const SECOND = 'shardId-000000000001';
const THIRD = 'shardId-000000000002';
const MIDDLE = 2n ** 127n;
const HIGHEST = String(2n ** 128n - 1n);

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

async function summaryOf(arn: string) {
  const answer = await lab.owner.kinesis.send(new DescribeStreamSummaryCommand({ StreamARN: arn }));
  return answer.StreamDescriptionSummary;
}

async function shardsOf(arn: string): Promise<Shard[]> {
  return (await lab.owner.kinesis.send(new ListShardsCommand({ StreamARN: arn }))).Shards ?? [];
}

async function shardOf(arn: string, explicitHashKey: string): Promise<string | undefined> {
  const record = { partitionKey: 'k', data: Buffer.from('x'), explicitHashKey };
  return (await putRecords(lab.owner, arn, [record]))[0]?.shardId;
}

test('a stream that was split is ACTIVE, and its children take what is put', async () => {
  const arn = await createStream(lab.owner, 'split', 1);
  await splitShard(lab.owner, arn, FIRST, MIDDLE);

  expect(await summaryOf(arn)).toMatchObject({ StreamStatus: 'ACTIVE', OpenShardCount: 2 });
  expect(await shardsOf(arn)).toMatchObject([
    { ShardId: FIRST, SequenceNumberRange: { EndingSequenceNumber: expect.any(String) } },
    { ShardId: SECOND, ParentShardId: FIRST },
    { ShardId: THIRD, ParentShardId: FIRST },
  ]);
  expect([await shardOf(arn, '0'), await shardOf(arn, HIGHEST)]).toEqual([SECOND, THIRD]);
});

test('a stream that was merged is ACTIVE, and the child takes what is put', async () => {
  const arn = await createStream(lab.owner, 'merged', 2);
  await mergeShards(lab.owner, arn, FIRST, SECOND);

  expect(await summaryOf(arn)).toMatchObject({ StreamStatus: 'ACTIVE', OpenShardCount: 1 });
  expect((await shardsOf(arn)).at(-1)).toMatchObject({
    ShardId: THIRD,
    ParentShardId: FIRST,
    AdjacentParentShardId: SECOND,
  });
  expect([await shardOf(arn, '0'), await shardOf(arn, HIGHEST)]).toEqual([THIRD, THIRD]);
});

test('a stream that was deleted is gone, even with consumers', async () => {
  const arn = await createStream(lab.owner, 'deleted', 1);
  await registerConsumer(lab.owner, arn, 'me');
  await deleteStream(lab.owner, arn);

  await expect(summaryOf(arn)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a stream can be made again under its name, empty', async () => {
  const arn = await createStream(lab.owner, 'again', 2);
  await deleteStream(lab.owner, arn);

  expect(await createStream(lab.owner, 'again', 1)).toBe(arn);
  expect(await shardsOf(arn)).toHaveLength(1);
});

test("a stream of the owner's is deleted alone: the reader's of that name stays", async () => {
  const arn = await createStream(lab.owner, 'both', 1);
  const decoy = await createStream(lab.reader, 'both', 1);
  await deleteStream(lab.owner, arn);

  expect(await summaryOf(decoy)).toMatchObject({ StreamStatus: 'ACTIVE' });
});

describe('a stream that exists', () => {
  /** Answers CreateStream so, after as many attempts. */
  function answering(attempts: number): Account {
    const send = async (command: unknown) => {
      if (!(command instanceof CreateStreamCommand)) return { StreamDescriptionSummary: ACTIVE };
      throw new ResourceInUseException({ message: 'Stream s already exists', $metadata: { attempts } });
    };
    return { ...lab.owner, kinesis: { send } as unknown as Account['kinesis'] };
  }
  const ACTIVE = { StreamStatus: 'ACTIVE', StreamARN: 'arn:s' };

  test('at a second attempt was made by the first, whose answer was lost', async () => {
    expect(await createStream(answering(2), 's', 1)).toBe('arn:s');
  });

  test('at the first attempt is another', async () => {
    await expect(createStream(answering(1), 's', 1)).rejects.toThrow('already exists');
  });
});
