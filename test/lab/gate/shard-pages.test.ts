import type { Shard } from '@aws-sdk/client-kinesis';
import { ShardPages } from '../../../lab/gate/shard-pages.js';

const shards = (count: number): Shard[] =>
  Array.from({ length: count }, (_, index) => ({
    ShardId: `shard-${index}`,
    HashKeyRange: { StartingHashKey: '0', EndingHashKey: '1' },
    SequenceNumberRange: { StartingSequenceNumber: '0' },
  }));

function everyPage(pages: ShardPages, count: number, fields = {}): number[] {
  const sizes: number[] = [];
  let page = pages.first(shards(count), fields);
  for (;;) {
    sizes.push(page.Shards.length);
    if (page.NextToken === undefined) return sizes;
    page = pages.next(page.NextToken, { ...fields, NextToken: page.NextToken });
  }
}

test.each([
  [1_000, {}, [1_000]],
  [2_001, {}, [1_000, 1_000, 1]],
  [5, { MaxResults: 2 }, [2, 2, 1]],
])('of %i shards, with %p, the pages have %p', (count, fields, sizes) => {
  expect(everyPage(new ShardPages(), count, fields)).toEqual(sizes);
});

test('a token is refused beside what it stands for, once it has expired, and if nobody gave it', () => {
  let now = 0;
  const pages = new ShardPages(() => now);
  const { NextToken = '' } = pages.first(shards(3), { MaxResults: 1 });
  const code = (token: string, fields = {}) => {
    try {
      pages.next(token, { NextToken: token, ...fields });
      return undefined;
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  expect(code(NextToken, { StreamARN: 'arn:aws:kinesis:…' })).toBe('InvalidArgumentException');
  expect(code('somebody else’s')).toBe('InvalidArgumentException');
  now = 300_000;
  expect(code(NextToken)).toBeUndefined();
  now = 300_001;
  expect(code(NextToken)).toBe('ExpiredNextTokenException');
});
