import { setTimeout as sleep } from 'node:timers/promises';
import { ListShardsCommand } from '@aws-sdk/client-kinesis';
import type { ConsumerProcess } from '../../lab/consumer-process.js';
import {
  createStream,
  deleteStream,
  type Lab,
  mergeShards,
  putRecords,
  splitShard,
  startLab,
} from '../../lab/lab.js';
import type { LedgerEntry } from '../../lab/ledger.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import {
  handlerFile,
  leasesOf,
  sharedStream,
  streamsEnv,
  TRANSPORTS,
  withConsumer,
} from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const QUARTER = 2n ** 126n;

const shard = (number: number) => `shardId-${String(number).padStart(12, '0')}`;

/** Puts orders while the stream of two shards goes through a split (0 → 2, 3) and a merge (3, 1 → 4). */
async function reshard(arn: string, put: (from: number, to: number) => Promise<unknown>): Promise<void> {
  await put(0, 40);
  await splitShard(lab.owner, arn, shard(0), QUARTER);
  await put(40, 80);
  await mergeShards(lab.owner, arn, shard(3), shard(1));
  await put(80, 120);
}

/** Every record of a parent comes before the first of its children. */
async function expectParentsFirst(arn: string, ledger: readonly LedgerEntry[]): Promise<void> {
  const { Shards = [] } = await lab.owner.kinesis.send(new ListShardsCommand({ StreamARN: arn }));
  expect(Shards).toHaveLength(5);
  for (const { ShardId, ParentShardId, AdjacentParentShardId } of Shards) {
    const first = ledger.findIndex((entry) => entry.shard === ShardId);
    for (const parent of [ParentShardId, AdjacentParentShardId]) {
      const last = ledger.findLastIndex((entry) => entry.shard === parent);
      if (parent && first >= 0) expect({ parent, last: last < first }).toEqual({ parent, last: true });
    }
  }
}

const ordersOf = (records: readonly { partitionKey: string }[]) =>
  records.map(({ partitionKey }) => partitionKey).sort();

test.each([
  ['host', {}],
  ['multilang', { STREAM_CREATION_EPOCH: 'auto' }],
])('%s: split and merge while reading: none is lost, and parents come first', async (transport, form) => {
  const { arn, application } = await sharedStream(lab, [], 2);
  const orders = sampleOrders(lab.owner.id, 120);

  await withConsumer(lab, arn, { TRANSPORT: transport, ...form }, async (consumer) => {
    await consumer.until('both shards are taken', () => taken(consumer).length >= 2);
    await reshard(arn, (from, to) => putRecords(lab.owner, arn, orders.slice(from, to)));
    await consumer.until('all handled', () => consumer.ledger.length >= 120, 110_000);
    await consumer.until('all parents are ended', () => ended(consumer).length >= 3);
    expect((await consumer.stop()).code).toBe(0);

    expect(new Set(ordersOf(consumer.ledger))).toEqual(new Set(ordersOf(orders)));
    await expectParentsFirst(arn, consumer.ledger);
    expect(ended(consumer).sort()).toEqual([shard(0), shard(1), shard(3)]);
  });

  const checkpoints = (await leasesOf(lab, application)).map(({ shardId, checkpoint }) => [
    shardId,
    checkpoint === 'SHARD_END',
  ]);
  expect(Object.fromEntries(checkpoints)).toEqual({
    [shard(0)]: true,
    [shard(1)]: true,
    [shard(2)]: false,
    [shard(3)]: true,
    [shard(4)]: false,
  });
});

const taken = ({ log }: ConsumerProcess) => log.filter(({ msg }) => msg === 'shard taken');
const ended = ({ log }: ConsumerProcess) =>
  log.filter(({ msg }) => msg === 'shard ended, checkpointed').map((entry) => String(entry.shard));

test.each(TRANSPORTS)(
  "%s: a stop within the last batch of a closed shard leaves the rest, and the shard's end, to the next worker",
  async (transport) => {
    const orders = sampleOrders(lab.owner.id, 30);
    const { arn } = await sharedStream(lab, orders.slice(0, 20), 1);

    const env = { TRANSPORT: transport, HANDLER: handlerFile('slow'), SLOW_MS: '1000' };
    const before = await withConsumer(lab, arn, env, async (consumer) => {
      await consumer.until('the batch has begun', () => consumer.ledger.length >= 1);
      await splitShard(lab.owner, arn, shard(0), 2n * QUARTER);
      await putRecords(lab.owner, arn, orders.slice(20));
      await sleep(3_000); // KCL reads ahead, and meets the shard's end
      expect((await consumer.stop()).code).toBe(0);
      return consumer.ledger;
    });
    expect(before.length).toBeLessThan(20);

    await withConsumer(lab, arn, { TRANSPORT: transport }, async (consumer) => {
      await consumer.until('the rest', () => consumer.ledger.length >= 30 - before.length);
      expect((await consumer.stop()).code).toBe(0);
      expect(new Set(ordersOf([...before, ...consumer.ledger]))).toEqual(new Set(ordersOf(orders)));
    });
  },
);

test.each(TRANSPORTS)(
  '%s: a stream that is deleted stops the worker: no shard counts as ended',
  async (transport) => {
    const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 10), 2);

    await withConsumer(lab, arn, { TRANSPORT: transport }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 10);
      await deleteStream(lab.owner, arn);

      expect((await consumer.ended).code).toBe(3);
      expect(consumer.stderr).toContain(`the stream ${arn} does not exist any more`);
    });
    const ends = (await leasesOf(lab, application)).filter(({ checkpoint }) => checkpoint === 'SHARD_END');
    expect(ends).toEqual([]);
  },
);

test('leases of ended shards, and of a stream that is not configured any more, are cleaned; no other is touched', async () => {
  const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 2);
  const former = await createStream(lab.owner, `${application}-former`, 1);
  const orders = sampleOrders(lab.owner.id, 120);
  const env = { APPLICATION_NAME: application, FORMER_STREAMS_LEASE_RETENTION_MS: '1000' };
  await withConsumer(lab, undefined, { ...env, ...streamsEnv(arn, former) }, async (consumer) => {
    await consumer.until('every shard is taken', () => taken(consumer).length >= 3);
    await consumer.stop();
  });

  await withConsumer(lab, undefined, { ...env, ...streamsEnv(arn) }, async (consumer) => {
    await reshard(arn, (from, to) => putRecords(lab.owner, arn, orders.slice(from, to)));
    const keys = async () =>
      (await leasesOf(lab, application)).map(({ key }) => key.split(':').slice(1).join(':'));
    // KCL looks for former streams once a minute, and for leases of ended shards after 5 minutes.
    for (let tries = 0; tries < 840 && (await keys()).length > 2; tries++) await sleep(500);
    expect((await keys()).map((key) => key.split(':')[2])).toEqual([shard(2), shard(4)]);
    expect((await consumer.stop()).code).toBe(0);
  });
}, 600_000);
