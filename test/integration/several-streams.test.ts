import { createStream, type Lab, putRecords, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { inParallel } from '../faults/helpers/in-parallel.js';
import { DECOY, leasesOf, sharedStream, streamsEnv, TRANSPORTS, withWorker } from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** Streams of one name in two accounts, and a decoy in the reader's. */
async function twins(records: number) {
  const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, records), 2);
  const other = lab.account('333333333333');
  const twin = await createStream(other, arn.slice(arn.indexOf('/') + 1), 2);
  await putRecords(other, twin, sampleOrders(other.id, records));
  return { arn, twin, other, application };
}

test.each(TRANSPORTS)('%s: streams of one name in two accounts are not mixed up', async (transport) => {
  const { arn, twin, application } = await twins(60);
  const env = { ...streamsEnv(arn, twin), APPLICATION_NAME: application, TRANSPORT: transport };

  await withWorker(lab, undefined, env, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 120);
    expect((await consumer.stop()).code).toBe(0);

    const accounts = consumer.ledger.map(({ stream, data }) => ({
      read: stream.split(':')[4],
      put: JSON.parse(Buffer.from(data, 'base64').toString()).account,
    }));
    expect(accounts.filter(({ read, put }) => read !== put)).toEqual([]);
    expect(accounts.filter(({ put }) => put === '111111111111')).toHaveLength(60);
    expect(accounts.filter(({ put }) => put === '333333333333')).toHaveLength(60);
    expect(JSON.stringify(consumer.ledger)).not.toContain(DECOY);
  });

  // Every lease has the last record of its own shard.
  const leases = await leasesOf(lab, application);
  expect(leases.map(({ stream, shardId }) => `${stream?.account} ${shardId}`)).toEqual([
    '111111111111 shardId-000000000000',
    '111111111111 shardId-000000000001',
    '333333333333 shardId-000000000000',
    '333333333333 shardId-000000000001',
  ]);
});

test('a restart goes on exactly where each of the streams was', async () => {
  const { arn, twin, other, application } = await twins(30);
  const env = { ...streamsEnv(arn, twin), APPLICATION_NAME: application };

  await withWorker(lab, undefined, env, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 60);
    expect((await consumer.stop()).code).toBe(0);
    expect(consumer.log.filter(({ epochFrom }) => epochFrom === 'stream')).toHaveLength(2);
  });
  await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, 35).slice(30));
  await putRecords(other, twin, sampleOrders(other.id, 37).slice(30));

  await withWorker(lab, undefined, env, async (consumer) => {
    await consumer.until('the new ones are handled', () => consumer.ledger.length >= 12);
    expect((await consumer.stop()).code).toBe(0);
    expect(consumer.ledger).toHaveLength(12);
    expect(consumer.log.filter(({ epochFrom }) => epochFrom === 'leases')).toHaveLength(2);
  });
});

test('each stream starts at its own initial position', async () => {
  const { arn, twin, other, application } = await twins(20);
  const env = {
    ...streamsEnv(arn, twin),
    STREAMS_2_INITIAL_POSITION_IN_STREAM: 'LATEST',
    APPLICATION_NAME: application,
  };

  await withWorker(lab, undefined, env, async (consumer) => {
    await consumer.until('those of the first are handled', () => consumer.ledger.length >= 20);
    // LATEST is where the stream ends when KCL first asks, which it has not necessarily done yet.
    let put = 20;
    while (!consumer.ledger.some(({ stream }) => stream === twin)) {
      await putRecords(other, twin, sampleOrders(other.id, put + 1).slice(put));
      put++;
    }
    expect(consumer.ledger.filter(({ stream }) => stream === arn)).toHaveLength(20);
    const ids = consumer.ledger
      .filter(({ stream }) => stream === twin)
      .map(({ data }) => JSON.parse(Buffer.from(data, 'base64').toString()).orderId as string);
    expect(ids.every((id) => Number(id.split('-')[1]) > 20)).toBe(true);
  });
});

test('a hundred streams in one application', async () => {
  // Kinesis takes no more while five are CREATING.
  const arns = await inParallel(5, [...Array(100).keys()], async (n) => {
    const arn = await createStream(lab.owner, `many-${n}`, 1);
    await putRecords(lab.owner, arn, sampleOrders(`stream ${n}`, 1));
    return arn;
  });
  const env = { ...streamsEnv(...arns), APPLICATION_NAME: 'many' };

  await withWorker(lab, undefined, env, async (consumer) => {
    await consumer.until('one record of each', () => consumer.ledger.length >= 100);
    expect(new Set(consumer.ledger.map(({ stream }) => stream))).toEqual(new Set(arns));
    expect((await consumer.stop()).code).toBe(0);
    expect((await leasesOf(lab, 'many')).filter(({ owner }) => owner !== undefined)).toEqual([]);
  });
});

test('a stream added between two runs is read, and one taken out is left alone', async () => {
  const { arn, twin, other, application } = await twins(10);
  const added = await createStream(lab.owner, `${application}-added`, 1);
  await putRecords(lab.owner, added, sampleOrders(lab.owner.id, 5));
  const start = { APPLICATION_NAME: application };

  await withWorker(lab, undefined, { ...start, ...streamsEnv(arn, twin) }, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 20);
    await consumer.stop();
  });
  const before = await leasesOf(lab, application);
  await putRecords(other, twin, sampleOrders(other.id, 15).slice(10));

  await withWorker(lab, undefined, { ...start, ...streamsEnv(arn, added) }, async (consumer) => {
    await consumer.until('those of the new one', () => consumer.ledger.length >= 5);
    await consumer.until('the former one is named', () =>
      consumer.log.some(({ msg }) => /has leases of 333333333333:.*not configured any more/.test(msg)),
    );
    expect((await consumer.stop()).code).toBe(0);
    expect(new Set(consumer.ledger.map(({ stream }) => stream))).toEqual(new Set([added]));
    expect(consumer.log.filter(({ msg }) => msg.includes('was refused'))).toEqual([]);
  });
  const checkpoints = (leases: typeof before) =>
    leases
      .filter(({ stream }) => stream?.account === other.id)
      .map(({ key, checkpoint }) => ({ key, checkpoint }));
  expect(checkpoints(await leasesOf(lab, application))).toEqual(checkpoints(before));

  // Put back within the time of its retention, it goes on where it was.
  await withWorker(lab, undefined, { ...start, ...streamsEnv(arn, twin, added) }, async (consumer) => {
    await consumer.until('what came meanwhile', () => consumer.ledger.length >= 5);
    await consumer.stop();
    expect(consumer.ledger.every(({ stream }) => stream === twin)).toBe(true);
    expect(consumer.ledger).toHaveLength(5);
  });
});
