import { setTimeout as sleep } from 'node:timers/promises';
import { createStream, type Lab, putRecords, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { leasesOf, sharedStream, streamsEnv, withWorker } from './helpers/fixtures.js';
import { reshard, shard, taken } from './helpers/reshard.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

test('leases of ended shards, and of a stream that is not configured any more, are cleaned; no other is touched', async () => {
  const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 2);
  const former = await createStream(lab.owner, `${application}-former`, 1);
  const orders = sampleOrders(lab.owner.id, 120);
  const env = { APPLICATION_NAME: application, FORMER_STREAMS_LEASE_RETENTION_MS: '1000' };
  await withWorker(lab, undefined, { ...env, ...streamsEnv(arn, former) }, async (consumer) => {
    await consumer.until('every shard is taken', () => taken(consumer).length >= 3);
    await consumer.stop();
  });

  await withWorker(lab, undefined, { ...env, ...streamsEnv(arn) }, async (consumer) => {
    await reshard(lab, arn, (from, to) => putRecords(lab.owner, arn, orders.slice(from, to)));
    const keys = async () =>
      (await leasesOf(lab, application)).map(({ key }) => key.split(':').slice(1).join(':'));
    // KCL looks for former streams once a minute, and for leases of ended shards after 5 minutes.
    for (let tries = 0; tries < 840 && (await keys()).length > 2; tries++) await sleep(500);
    expect((await keys()).map((key) => key.split(':')[2])).toEqual([shard(2), shard(4)]);
    expect((await consumer.stop()).code).toBe(0);
  });
}, 600_000);
