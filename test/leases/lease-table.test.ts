import { parseItems } from '../../src/leases/lease-table.js';
import { leaseItem, leasesWith } from './helpers/lease-tables.js';

const SHARD = 'shardId-000000000000';
const MULTI = `111111111111:orders:1700000000:${SHARD}`;

describe('a lease', () => {
  test('of the multi-stream form tells its stream, epoch and shard', () => {
    const item = leaseItem(MULTI, {
      leaseOwner: { S: 'host-1:5e0f' },
      checkpoint: { S: '49600000000000000000000000000000000000000000000000000001' },
      checkpointSubSequenceNumber: { N: '12' },
      streamName: { S: '111111111111:orders:1700000000' },
      shardId: { S: SHARD },
    });

    expect(parseItems([item]).leases).toEqual([
      {
        key: MULTI,
        shardId: SHARD,
        stream: { account: '111111111111', streamName: 'orders', creationEpoch: 1_700_000_000 },
        owner: 'host-1:5e0f',
        leaseCounter: 7,
        checkpoint: '49600000000000000000000000000000000000000000000000000001',
        subSequenceNumber: 12,
        hashKeys: { start: '0', end: '340282366920938463463374607431768211455' },
      },
    ]);
  });

  test("of the single-stream form has the shard's id as its key, and no stream", () => {
    expect(leasesWith(SHARD)).toMatchObject([{ key: SHARD, shardId: SHARD, stream: undefined }]);
  });

  test('that nobody holds has no owner', () => {
    expect(leasesWith(SHARD)).toMatchObject([{ owner: undefined }]);
  });

  test('without a kind is one of KCL before 3.5', () => {
    const { entityType: _, ...item } = leaseItem(MULTI);

    expect(parseItems([item])).toMatchObject({ leases: [{ key: MULTI }], entityCounts: { LEASE: 1 } });
  });

  test('with the least that can be stored is read', () => {
    expect(parseItems([{ leaseKey: { S: SHARD } }]).leases).toEqual([
      {
        key: SHARD,
        shardId: SHARD,
        stream: undefined,
        owner: undefined,
        leaseCounter: 0,
        checkpoint: '',
        subSequenceNumber: 0,
        hashKeys: undefined,
      },
    ]);
  });

  test.each(['orders.v2', 'my-orders', 'my_orders', 'shardId-000000000000', '1700000000', 'a.b-c_d.1'])(
    'of a stream named %s is taken apart',
    (streamName) => {
      expect(leasesWith(`111111111111:${streamName}:1700000000:${SHARD}`)).toMatchObject([
        { shardId: SHARD, stream: { account: '111111111111', streamName, creationEpoch: 1_700_000_000 } },
      ]);
    },
  );

  test.each([
    '',
    'LEADER',
    `111111111111:orders:${SHARD}`,
    `111111111111:orders:soon:${SHARD}`,
    `111111111111:orders:-1:${SHARD}`,
    `1111:orders:1700000000:${SHARD}`,
    `111111111111::1700000000:${SHARD}`,
    '111111111111:orders:1700000000:',
    `${MULTI}:1`,
    `x${MULTI}`,
  ])('with the odd key %p tells no stream', (key) => {
    expect(leasesWith(key)).toMatchObject([{ key, shardId: key, stream: undefined }]);
  });
});

test('items of other kinds are counted, and are no leases', () => {
  const of = (entityType: string, key: string) => leaseItem(key, { entityType: { S: entityType } });
  const { leases, entityCounts } = parseItems([
    of('WORKER_METRIC_STATS', 'host-1:5e0f'),
    of('LEASE', MULTI),
    of('LEADER', 'Leader'),
    of('WORKER_METRIC_STATS', 'host-2:77aa'),
    of('CLIENT_VERSION_MIGRATION', 'Migration3.0'),
    of('STREAM', SHARD),
  ]);

  expect(leases.map(({ key }) => key)).toEqual([MULTI]);
  expect(entityCounts).toEqual({
    WORKER_METRIC_STATS: 2,
    LEASE: 1,
    LEADER: 1,
    CLIENT_VERSION_MIGRATION: 1,
    STREAM: 1,
  });
});

test('leases come in the order of their keys, whatever that of the items', () => {
  const keys = ['c', 'a', 'd', 'b'];

  expect(leasesWith(...keys).map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd']);
});

describe('beside the leases', () => {
  const worker = (id: string, lut: string) => ({
    leaseKey: { S: id },
    entityType: { S: 'WORKER_METRIC_STATS' },
    lut: { N: lut },
  });

  test('the workers that report are known, with when they did', () => {
    const { workers } = parseItems([worker('host-2:b', '1795812779'), worker('host-1:a', '1795812770')]);

    expect(workers).toEqual([
      { id: 'host-1:a', reportedAt: 1_795_812_770 },
      { id: 'host-2:b', reportedAt: 1_795_812_779 },
    ]);
  });

  test('the leader is known', () => {
    const item = { leaseKey: { S: 'Leader' }, entityType: { S: 'LEADER' }, ownerName: { S: 'host-1:a' } };

    expect(parseItems([item]).leader).toBe('host-1:a');
    expect(parseItems([]).leader).toBeUndefined();
  });
});
