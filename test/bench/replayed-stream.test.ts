import type { Shard } from '@aws-sdk/client-kinesis';
import { ReplayedStream } from '../../bench/replay/replayed-stream.js';

const records = { recordBytes: 10, recordsPerBatch: 10, bytesPerSecond: 10 };
const streamOf = (shards: number) => new ReplayedStream(Array.from({ length: shards }, () => records));
const HASH_KEYS = 2n ** 128n;

/** The open shards' hash keys, without gap or overlap. */
function expectWhole(stream: ReplayedStream, count: number): void {
  const ranges = stream.open.map(({ from, to }) => [from, to]);
  expect(ranges.map(([from]) => from)).toEqual(
    Array.from({ length: count }, (_, index) => (HASH_KEYS * BigInt(index)) / BigInt(count)),
  );
  expect(ranges.map(([, to]) => to)).toEqual([...ranges.slice(1).map(([from]) => from), HASH_KEYS]);
}

test('UpdateShardCount splits and merges, as Kinesis does: two children or two parents at most, uniform ranges', () => {
  const stream = streamOf(100);
  let all = 100;
  for (const [target, added] of [
    [200, 200],
    [100, 100],
    [200, 200],
    // Of three parts of two shards, each has a split in the middle, and its halves are merged.
    [300, 500],
  ] as const) {
    stream.updateShardCount(target);
    expectWhole(stream, target);
    all += added;
    expect(stream.all).toHaveLength(all);
  }
  for (const { parents, children } of stream.all) {
    expect(parents.length).toBeLessThanOrEqual(2);
    expect(children.length).toBeLessThanOrEqual(2);
  }
});

test.each([201, 49])('100 shards do not become %i at once', (target) => {
  expect(() => streamOf(100).updateShardCount(target)).toThrow('cannot scale below half or over double');
});

test('a listing has what its filter leaves, and the ends of closed shards', () => {
  const stream = streamOf(2);
  stream.updateShardCount(1);
  const list = (Type?: string) =>
    stream
      .list(Type === undefined ? {} : { ShardFilter: { Type } })
      .map(({ ShardId }) => Number(ShardId?.slice(-2)));
  expect([list(), list('FROM_TRIM_HORIZON'), list('AT_TRIM_HORIZON'), list('AT_LATEST')]).toEqual([
    [0, 1, 2],
    [0, 1, 2],
    [0, 1],
    [2],
  ]);
  const ended = ({ SequenceNumberRange }: Shard) => SequenceNumberRange?.EndingSequenceNumber !== undefined;
  expect(stream.list({}).map(ended)).toEqual([true, true, false]);
  expect(stream.list({ ExclusiveStartShardId: 'shardId-000000000001' })).toHaveLength(1);
});
