import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStream, deleteStream, type Lab, putRecords, splitShard, startLab } from '../../lab/lab.js';
import type { LedgerEntry } from '../../lab/ledger.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { SharedStream } from '../faults/helpers/shared-stream.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { handlerFile, leasesOf, sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';
import { QUARTER, shard, taken } from './helpers/reshard.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const folder = temporaryFolder();

const POLLING = { fanOut: false, encrypted: false, failureQueue: false };
const RECORDS = 60;
const FIRST_BATCH = 10;

describe.each(TRANSPORTS)('transport %s', (transport) => {
  test('a closed shard with unread records is not ended when the consumer is deleted', async () => {
    const stream = await SharedStream.create(lab, { ...POLLING, shards: 1, fanOut: true });
    const kinesis = await lab.gate.addDoor();
    const orders = sampleOrders(lab.owner.id, RECORDS);
    const handled: LedgerEntry[] = [];
    const env = {
      ...stream.env,
      TRANSPORT: transport,
      KINESIS_ENDPOINT: kinesis.endpoint,
      DYNAMO_DB_ENDPOINT: lab.gate.endpoint,
      HANDLER: handlerFile('held'),
      HELD_IN: folder(),
    };
    let replacement = '';

    await withWorker(lab, undefined, env, async (consumer) => {
      await consumer.until('the shard is taken', () => taken(consumer).length === 1);
      await putRecords(lab.owner, stream.arn, orders.slice(0, FIRST_BATCH));
      await consumer.until('the handler has begun', () => existsSync(join(folder(), 'begun')));
      const end = kinesis.disturb(({ operation }) =>
        operation === 'SubscribeToShard' ? { error: 'ResourceNotFoundException' } : undefined,
      );
      kinesis.cut(); // KCL subscribes again once it has handed over what it has
      await putRecords(lab.owner, stream.arn, orders.slice(FIRST_BATCH));
      await splitShard(lab.owner, stream.arn, shard(0), QUARTER);
      replacement = await stream.replaceConsumer();
      writeFileSync(join(folder(), 'release'), '');

      const { code } = await consumer.ended;
      end();
      handled.push(...consumer.ledger);
      expect(consumer.log.filter(({ msg }) => msg.startsWith('shard ended'))).toEqual([]);
      expect(consumer.stderr).toContain('The checkpoints stay where they are');
      expect(code).toBe(3);
    });
    const checkpoints = (await leasesOf(lab, stream.application)).map(({ checkpoint }) => checkpoint);
    expect(checkpoints).toHaveLength(1); // no child has a lease
    expect(['TRIM_HORIZON', ...handled.map(({ sequenceNumber }) => sequenceNumber)]).toContain(
      checkpoints[0],
    );

    await withWorker(lab, undefined, { ...env, CONSUMER_ARN: replacement }, async (consumer) => {
      const keys = () => new Set([...handled, ...consumer.ledger].map(({ partitionKey }) => partitionKey));
      await consumer.until('the rest is handled', () => keys().size === RECORDS);
      await consumer.until('the shard has ended', () =>
        consumer.log.some(({ msg }) => msg === 'shard ended, checkpointed'),
      );
      expect((await consumer.stop()).code).toBe(0);
    });
    await kinesis.shut();
  });

  test('a failure in the last batch, which comes with the end, is not covered by the end', async () => {
    const stream = await SharedStream.create(lab, { ...POLLING, shards: 1 });
    const kinesis = await lab.gate.addDoor();
    const poison = { partitionKey: 'poison', data: Buffer.from('{}') };
    const env = {
      ...stream.env,
      TRANSPORT: transport,
      KINESIS_ENDPOINT: kinesis.endpoint,
      DYNAMO_DB_ENDPOINT: lab.gate.endpoint,
      MAX_ATTEMPTS: '1',
    };
    const failing = { ...env, HANDLER: handlerFile('failing'), FAIL_ON: poison.partitionKey };

    await withWorker(lab, undefined, failing, async (consumer) => {
      await consumer.until('the shard is taken', () => taken(consumer).length === 1);
      // For records and end in one answer.
      const end = kinesis.disturb(({ operation }) =>
        operation === 'GetRecords' ? { error: 'ProvisionedThroughputExceededException' } : undefined,
      );
      await putRecords(lab.owner, stream.arn, [...sampleOrders(lab.owner.id, 3), poison]);
      await splitShard(lab.owner, stream.arn, shard(0), QUARTER);
      end();

      expect((await consumer.ended).code).toBe(4);
      const [lease] = (await leasesOf(lab, stream.application)).filter(({ shardId }) => shardId === shard(0));
      expect(consumer.ledger).toHaveLength(3);
      expect(lease?.checkpoint).toBe(consumer.ledger.at(-1)?.sequenceNumber);
    });

    await withWorker(lab, undefined, env, async (consumer) => {
      await consumer.until('the shard has ended', () =>
        consumer.log.some(({ msg }) => msg === 'shard ended, checkpointed'),
      );
      expect(consumer.ledger.map(({ partitionKey }) => partitionKey)).toEqual([poison.partitionKey]);
      expect((await consumer.stop()).code).toBe(0);
    });
    await kinesis.shut();
  });
});

test('a shard that the stream lacks since it was made again, with no worker there, is not ended', async () => {
  const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 10), 2);
  await withWorker(lab, arn, {}, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 10);
    expect((await consumer.stop()).code).toBe(0);
  });
  const before = await leasesOf(lab, application);
  await deleteStream(lab.owner, arn);
  await createStream(lab.owner, arn.split('/')[1] ?? '', 1);

  await withWorker(lab, arn, {}, async (consumer) => {
    expect((await consumer.ended).code).toBeGreaterThan(0);
    expect(consumer.stderr).toMatch(/made again/);
  });
  const checkpointsOf = (leases: typeof before) =>
    leases.map(({ shardId, checkpoint }) => `${shardId} ${checkpoint}`);
  expect(checkpointsOf(await leasesOf(lab, application)).sort()).toEqual(checkpointsOf(before).sort());
});
