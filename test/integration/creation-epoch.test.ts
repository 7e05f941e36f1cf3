import { setTimeout as sleep } from 'node:timers/promises';
import { createStream, deleteStream, type Lab, putRecords, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { refusedStart } from './helpers/cli.js';
import { leasesOf, sharedStream, withWorker } from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const AUTO = { STREAM_CREATION_EPOCH: 'auto' };

/** Reads what is there, and stops. @returns how many records came, and the epoch that was used with its source */
async function read(arn: string, env: Record<string, string>, records: number) {
  return withWorker(lab, arn, env, async (consumer) => {
    await consumer.until('the shard is taken', () => consumer.log.some(({ msg }) => msg === 'shard taken'));
    await consumer.until('all handled', () => consumer.ledger.length >= records);
    await sleep(1_000); // for what should not come: records twice
    const { code } = await consumer.stop();
    // Why it was not graceful is in the log alone.
    expect({ code, log: code === 0 ? [] : consumer.log.slice(-40) }).toEqual({ code: 0, log: [] });
    const found = consumer.log.find(({ msg }) => msg === 'stream found');
    return { records: consumer.ledger.length, epoch: Number(found?.creationEpoch), from: found?.epochFrom };
  });
}

test('auto takes it from the stream, then from the leases, and a restart goes on', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 10), 1);

  const first = await read(arn, AUTO, 10);
  await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, 13).slice(10));
  const second = await read(arn, AUTO, 3);

  expect(first).toMatchObject({ records: 10, from: 'stream' });
  expect(second).toEqual({ records: 3, from: 'leases', epoch: first.epoch });
  expect(await read(arn, { STREAM_CREATION_EPOCH: String(first.epoch) }, 0)).toMatchObject({
    from: 'configuration',
  });
});

describe('an epoch that contradicts', () => {
  test('the stream is refused with both, and what would happen', async () => {
    const { arn } = await sharedStream(lab, [], 1);

    const { status, message } = await refusedStart(lab, {
      STREAM_ARN: arn,
      STREAM_CREATION_EPOCH: '1600000000',
    });

    expect(status).toBe(2);
    expect(message).toMatch(
      /streamCreationEpoch is 1600000000 \(2020-09-13T12:26:40Z\), the stream .* was created at \d{10} \(.*\); new leases would be made, and everything that is retained read again\n.*--allow-epoch-change/,
    );
  });

  test('is taken with --allow-epoch-change, which reads everything again', async () => {
    const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 6), 1);
    const { epoch } = await read(arn, AUTO, 6);

    const env = { STREAM_CREATION_EPOCH: '1600000000', ALLOW_EPOCH_CHANGE: 'true' };
    expect(await read(arn, env, 6)).toMatchObject({ records: 6, epoch: 1_600_000_000 });

    const epochs = (await leasesOf(lab, application)).map(({ stream }) => stream?.creationEpoch);
    expect(epochs).toEqual([1_600_000_000, epoch]);
  });
});

test('a stream that was deleted and made again is recognised, and read only when that is wanted', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 8), 1);
  const { epoch } = await read(arn, AUTO, 8);
  await deleteStream(lab.owner, arn);
  while (Math.floor(Date.now() / 1000) <= epoch) await sleep(50);
  await createStream(lab.owner, arn.split('/')[1] ?? '', 1);
  await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, 4));

  const { status, message } = await refusedStart(lab, { STREAM_ARN: arn, ...AUTO });
  expect(status).toBe(2);
  expect(message).toMatch(
    /and its leases have \d+ .*: it was deleted and made again after they were made; new leases/,
  );

  expect(await read(arn, { ...AUTO, ALLOW_EPOCH_CHANGE: 'yes' }, 4)).toMatchObject({ records: 4 });
  // From then on the leases have it.
  expect(await read(arn, AUTO, 0)).toMatchObject({ records: 0, from: 'leases' });
});

describe('a lease table of the other form', () => {
  test('made by the ARN alone, is refused for a StreamTracker', async () => {
    const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 3), 1);
    await read(arn, {}, 3);

    const { status, message } = await refusedStart(lab, {
      STREAM_ARN: arn,
      ...AUTO,
      ALLOW_EPOCH_CHANGE: 'true',
    });

    expect(status).toBe(2);
    expect(message).toContain(`the lease table ${application} has leases like shardId-000000000000`);
    expect(message).toContain('To continue from them: streamArn alone');
    expect(await read(arn, {}, 0)).toMatchObject({ records: 0 });
  });

  test('made by a StreamTracker, is refused for the ARN alone', async () => {
    const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 3), 1);
    await read(arn, AUTO, 3);

    const { status, message } = await refusedStart(lab, { STREAM_ARN: arn });

    expect(status).toBe(2);
    expect(message).toContain(`the lease table ${application} has leases like 111111111111:`);
    expect(message).toContain('streamCreationEpoch = auto');
  });
});
