import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  deregisterConsumer,
  type Lab,
  putRecords,
  registerConsumer,
  splitShard,
  startLab,
} from '../../lab/lab.js';
import type { LedgerEntry } from '../../lab/ledger.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { startCutter } from './helpers/cutter.js';
import { handlerFile, leasesOf, sharedStream, TRANSPORTS, withConsumer } from './helpers/fixtures.js';
import { QUARTER, shard, taken } from './helpers/reshard.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const folder = temporaryFolder();

const BEFORE = 10;
const RECORDS = 60;

describe.each(TRANSPORTS)('transport %s', (transport) => {
  test('the end of a closed shard with unread records is not stored when the consumer is deleted', async () => {
    const { arn, application } = await sharedStream(lab, [], 1);
    const orders = sampleOrders(lab.owner.id, RECORDS);
    const consumerArn = await registerConsumer(lab.owner, arn, `of-${application}`);
    const cutter = await startCutter(lab.kinesisEndpoint);
    const release = join(folder(), 'release');
    const handled: LedgerEntry[] = [];
    const env = { TRANSPORT: transport, HANDLER: handlerFile('held'), HELD_UNTIL: release };

    const fanOut = { ...env, CONSUMER_ARN: consumerArn, KINESIS_ENDPOINT: cutter.endpoint };
    await withConsumer(lab, arn, fanOut, async (consumer) => {
      await consumer.until('the shard is taken', () => taken(consumer).length === 1);
      await putRecords(lab.owner, arn, orders.slice(0, BEFORE));
      await putRecords(lab.owner, arn, orders.slice(BEFORE));
      await splitShard(lab.owner, arn, shard(0), QUARTER);
      await deregisterConsumer(lab.owner, consumerArn);
      cutter.cut(); // the emulator goes on with a subscription of a consumer that is gone
      writeFileSync(release, '');

      const endOfShard = () => consumer.log.filter(({ msg }) => msg.startsWith('shard ended'));
      await consumer.until(
        'the worker or the shard ends',
        () => !consumer.running || endOfShard().length > 0,
      );
      expect(endOfShard()).toEqual([]);
      expect((await consumer.ended).code).toBe(3);
      expect(consumer.stderr).toContain(`the consumer ${consumerArn} does not exist any more`);
      handled.push(...consumer.ledger);
    });
    await cutter.stop();
    const checkpoints = (await leasesOf(lab, application)).map(({ checkpoint }) => checkpoint);
    expect(checkpoints).toHaveLength(1); // no child has a lease
    expect(['TRIM_HORIZON', ...handled.map(({ sequenceNumber }) => sequenceNumber)]).toContain(
      checkpoints[0],
    );

    await withConsumer(lab, arn, env, async (consumer) => {
      const keys = () => new Set([...handled, ...consumer.ledger].map(({ partitionKey }) => partitionKey));
      await consumer.until('the rest is handled', () => keys().size === RECORDS);
      expect((await consumer.stop()).code).toBe(0);
    });
  });
});
