import { setTimeout as sleep } from 'node:timers/promises';
import { ListShardsCommand } from '@aws-sdk/client-kinesis';
import { createStream, deleteStream, type Lab, putRecords, splitShard, startLab } from '../../lab/lab.js';
import type { LedgerEntry } from '../../lab/ledger.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import type { WorkerProcess } from '../../lab/worker-process.js';
import { handlerFile, leasesOf, sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';
import { QUARTER, reshard, shard, taken } from './helpers/reshard.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

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

const ordersOf = (records: readonly { partitionKey: string | null }[]) =>
  records.map(({ partitionKey }) => partitionKey).sort();

/**
 * KCL gives a merged shard up where its child's other parent has no lease yet, and reads it again: the lease of a shard that
 * a split made comes with the end of the shard that was split. Records come twice for that alone, and the log counts them.
 */
function expectTwiceAsLogged({ ledger, log }: WorkerProcess): void {
  const seen = new Set<string>();
  const twice = ledger.filter(({ sequenceNumber }) => seen.size === seen.add(sequenceNumber).size);
  const logged = log.filter(({ uncheckpointed }) => Number(uncheckpointed) > 0);
  for (const name of new Set(twice.map(({ shard }) => shard))) {
    const count = twice.filter(({ shard }) => shard === name).length;
    const lines = logged.filter(({ shard }) => shard === name);
    const told = lines.reduce((sum, { uncheckpointed }) => sum + Number(uncheckpointed), 0);
    expect({ name, count, lines, isTold: count <= told }).toEqual({ name, count, lines, isTold: true });
  }
}

test.each([
  ['host', {}],
  ['multilang', { STREAM_CREATION_EPOCH: 'auto' }],
])('%s: split and merge while reading: none is lost, and parents come first', async (transport, form) => {
  const { arn, application } = await sharedStream(lab, [], 2);
  const orders = sampleOrders(lab.owner.id, 120);

  await withWorker(lab, arn, { TRANSPORT: transport, ...form }, async (consumer) => {
    await consumer.until('both shards are taken', () => taken(consumer).length >= 2);
    await reshard(lab, arn, (from, to) => putRecords(lab.owner, arn, orders.slice(from, to)));
    // Not their number: some may come twice.
    await consumer.until('all handled', () => new Set(ordersOf(consumer.ledger)).size >= 120);
    await consumer.until('all parents are ended', () => ended(consumer).length >= 3);
    expect((await consumer.stop()).code).toBe(0);

    expectTwiceAsLogged(consumer);
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

const ended = ({ log }: WorkerProcess) =>
  log.filter(({ msg }) => msg === 'shard ended, checkpointed').map((entry) => String(entry.shard));

test.each(TRANSPORTS)(
  "%s: a stop within the last batch of a closed shard leaves the rest, and the shard's end, to the next worker",
  async (transport) => {
    const orders = sampleOrders(lab.owner.id, 30);
    const { arn } = await sharedStream(lab, orders.slice(0, 20), 1);

    const env = { TRANSPORT: transport, HANDLER: handlerFile('slow'), SLOW_MS: '1000' };
    const before = await withWorker(lab, arn, env, async (consumer) => {
      await consumer.until('the batch has begun', () => consumer.ledger.length >= 1);
      await splitShard(lab.owner, arn, shard(0), 2n * QUARTER);
      await putRecords(lab.owner, arn, orders.slice(20));
      await sleep(3_000); // KCL reads ahead, and meets the shard's end
      expect((await consumer.stop()).code).toBe(0);
      return consumer.ledger;
    });
    expect(before.length).toBeLessThan(20);

    await withWorker(lab, arn, { TRANSPORT: transport }, async (consumer) => {
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

    await withWorker(lab, arn, { TRANSPORT: transport }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 10);
      await deleteStream(lab.owner, arn);

      expect((await consumer.ended).code).toBe(3);
      expect(consumer.stderr).toContain(`the stream ${arn} does not exist any more`);
    });
    const ends = (await leasesOf(lab, application)).filter(({ checkpoint }) => checkpoint === 'SHARD_END');
    expect(ends).toEqual([]);
  },
);

test('a stream that is deleted and made again, with fewer shards, while it is read: none counts as ended', async () => {
  const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 10), 2);

  await withWorker(lab, arn, {}, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 10);
    await sleep(1_100); // the creation epoch counts seconds
    await deleteStream(lab.owner, arn);
    await createStream(lab.owner, arn.split('/')[1] ?? '', 1);

    expect((await consumer.ended).code).toBe(3);
    // Whichever KCL saw first.
    expect(consumer.stderr).toMatch(/was deleted and made again|does not exist any more/);
  });
  const ends = (await leasesOf(lab, application)).filter(({ checkpoint }) => checkpoint === 'SHARD_END');
  expect(ends).toEqual([]);
});
