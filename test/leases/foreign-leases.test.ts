import type { Shard } from '@aws-sdk/client-kinesis';
import { foreignLeases } from '../../src/leases/foreign-leases.js';
import { parseItems } from '../../src/leases/lease-table.js';
import { type Item, leaseItem } from './helpers/lease-tables.js';

const stream = { arn: 'arn:aws:kinesis:us-east-1:111111111111:stream/orders' };
const FIRST = '49680703878487130979086435501468069316824582203830697986';
const LATER = '49680703878487130979086435501469278242644196833005404162';
const LAST = '49680703878487130979086435501470487168463811462180110338';
const BEFORE = '49590338271490256608559692538361571095921575989136588898';
const BEHIND = '49690703878487130979086435501470487168463811462180110338';
const END = '340282366920938463463374607431768211455';

const id = (number: number) => `shardId-${String(number).padStart(12, '0')}`;

/** Open unless it has an ending sequence number. */
function shard(number: number, ending?: string, keys: readonly [string, string] = ['0', END]): Shard {
  return {
    ShardId: id(number),
    HashKeyRange: { StartingHashKey: keys[0], EndingHashKey: keys[1] },
    SequenceNumberRange: { StartingSequenceNumber: FIRST, EndingSequenceNumber: ending },
  };
}

const lease = (number: number, checkpoint: string, attributes: Item = {}) =>
  leaseItem(id(number), { checkpoint: { S: checkpoint }, ...attributes });

function compare(items: readonly Item[], shards: readonly Shard[]) {
  return foreignLeases(stream, 'orders-reader', parseItems(items).leases, shards);
}

describe('leases of the stream contradict nothing:', () => {
  test.each<[string, readonly Item[], readonly Shard[]]>([
    ['no lease', [], [shard(0)]],
    ['a checkpoint within an open shard', [lease(0, LATER)], [shard(0)]],
    ['a checkpoint at the first sequence number', [lease(0, FIRST)], [shard(0)]],
    [
      'a checkpoint within a KPL aggregate',
      [lease(0, LATER, { checkpointSubSequenceNumber: { N: '3' } })],
      [shard(0)],
    ],
    ['a checkpoint at the last number of a closed shard', [lease(0, LAST)], [shard(0, LAST), shard(1)]],
    ['a shard that is read to its end', [lease(0, 'SHARD_END')], [shard(0, LAST), shard(1)]],
    ['a shard that has expired, read or not', [lease(0, 'SHARD_END'), lease(1, BEFORE)], [shard(2)]],
    [
      'leases without a sequence number',
      [lease(0, 'TRIM_HORIZON'), lease(1, 'LATEST'), lease(2, 'AT_TIMESTAMP')],
      [shard(0), shard(1), shard(2)],
    ],
    [
      'children of a shard',
      [lease(0, LATER, { childShardIds: { SS: [id(1), id(2)] } }), lease(1, LATER)],
      [shard(0, LAST), shard(1), shard(2)],
    ],
    [
      'a lease without hash keys, as KCL 1 wrote it',
      [lease(0, LATER, { startingHashKey: { NULL: true }, endingHashKey: { NULL: true } })],
      [shard(0, undefined, ['0', '7'])],
    ],
    [
      'the end of a closed shard as kinesis-local gives it',
      [lease(0, LATER)],
      [shard(0, '9223372036854775807')],
    ],
    ['ids of another form', [lease(0, LATER, { leaseKey: { S: 'one' } })], [shard(0)]],
    ['no shard that is listed', [lease(0, LATER)], []],
  ])('%s', (_case, items, shards) => {
    expect(compare(items, shards)).toBeUndefined();
  });
});

describe('a lease of an earlier stream is found:', () => {
  test.each<[string, readonly Item[], readonly Shard[], RegExp]>([
    [
      'a checkpoint before the shard',
      [lease(0, BEFORE)],
      [shard(0)],
      /shardId-0+: its checkpoint 4959\d+ is before/,
    ],
    [
      'one of several',
      [lease(0, 'TRIM_HORIZON'), lease(1, BEFORE)],
      [shard(0), shard(1)],
      /shardId-0+1: its checkpoint/,
    ],
    ['a checkpoint before a closed shard', [lease(0, BEFORE)], [shard(0, LAST), shard(1)], /is before/],
    [
      'a checkpoint behind a closed shard',
      [lease(0, BEHIND)],
      [shard(0, LAST), shard(1)],
      /is behind .* last sequence/,
    ],
    [
      'a shard that the stream never had',
      [lease(0, 'TRIM_HORIZON'), lease(3, 'SHARD_END')],
      [shard(0)],
      /shardId-0+3: the stream has no such shard/,
    ],
    [
      'a shard with other hash keys',
      [lease(0, 'SHARD_END')],
      [shard(0, LAST, ['0', '7']), shard(1)],
      /it has the hash keys 0 to 3402/,
    ],
  ])('%s', (_case, items, shards, reason) => {
    const problem = compare(items, shards);

    expect(problem).toMatchObject({ code: 'XAK_LEASE_TABLE', exitCode: 2 });
    expect(problem?.message).toMatch(reason);
    expect(problem?.message).toMatch(
      /^the lease table orders-reader has leases that are not of the stream arn:/,
    );
    expect(problem?.message).toMatch(/: the stream was deleted and made again after they were made; /);
    expect(problem?.remedy).toContain('aws dynamodb delete-table --table-name orders-reader');
  });
});

test('an open shard that counts as read to its end would never be read: it is refused, and both reasons are named', () => {
  const problem = compare([lease(0, 'SHARD_END'), lease(1, LATER)], [shard(0), shard(1)]);

  expect(problem?.message).toMatch(/made again, or a shard's end was stored by mistake/);
  expect(problem?.remedy).toContain(`delete these leases (${id(0)})`);
});

test('a proof that it was made again comes before one that has another reason', () => {
  const problem = compare([lease(0, 'SHARD_END'), lease(1, BEFORE)], [shard(0), shard(1)]);

  expect(problem?.message).toMatch(
    /shardId-0+1: its checkpoint .*, and 1 more\): the stream was deleted and made/,
  );
});
