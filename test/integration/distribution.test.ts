import { type Lab, putRecords, startLab } from '../../lab/lab.js';
import type { WorkerProcess } from '../../lab/worker-process.js';
import { testThoroughly } from '../helpers/thorough.js';
import { aggregate } from './helpers/aggregates.js';
import { sharedStream, streamsEnv, withWorker } from './helpers/fixtures.js';
import { throughGate } from './helpers/gate.js';
import { ask, metricSum, portOf } from './helpers/operation.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const WAIT_MS = 50_000;
const UPPER_HASH_KEY = String(2n ** 127n + 5n);
const WITHOUT_KEY = 'without';

/** An aggregate in the first of two shards, that holds a record of each. */
function acrossShards(name: string) {
  return aggregate(
    { partitionKey: `${name}-lower`, data: Buffer.from(name), explicitHashKey: '5' },
    { partitionKey: `${name}-upper`, data: Buffer.from(name), explicitHashKey: UPPER_HASH_KEY },
  );
}
const alone = (partitionKey: string) => ({ partitionKey, data: Buffer.from('alone'), explicitHashKey: '7' });

/** The keys of the first shard, in order. */
const keysOf = (consumer: WorkerProcess) => consumer.ledger.map(({ partitionKey }) => partitionKey);
const droppedBy = async (consumer: WorkerProcess) =>
  metricSum((await ask(await portOf(consumer), '/metrics')).text, 'aggregates_dropped_total');

test.each([
  ['host', 'polling', { TRANSPORT: 'host' }, false],
  ['multilang', 'fan-out', { TRANSPORT: 'multilang' }, true],
])(
  'transport %s by %s: records without a key, and aggregates of before and after the switches',
  async (_transport, _way, transport, fanOut) => {
    const { arn } = await sharedStream(lab, [acrossShards('first'), alone('second')], 2);
    const { streams } = lab.gate;
    streams.describe(arn, { RecordDistributionStrategy: 'USER_PARTITION_KEY' });
    streams.rewrite(arn, ({ partitionKey }) =>
      partitionKey.startsWith(WITHOUT_KEY) ? { partitionKey: null } : undefined,
    );
    const env = { ...transport, ...(await throughGate(lab, arn, { fanOut })), HTTP_PORT: '0' };

    await withWorker(lab, arn, env, async (consumer) => {
      const until = (key: string | null, what: string) =>
        consumer.until(what, () => keysOf(consumer).at(-1) === key, WAIT_MS);
      await until('second', 'the stream is read');
      await consumer.until('the first aggregate is dropped', () =>
        consumer.log.some(({ msg }) => msg.startsWith('KCL dropped 1 of ')),
      );
      expect(await droppedBy(consumer)).toBe(1);

      streams.describe(arn, { RecordDistributionStrategy: 'AUTO' });
      await putRecords(lab.owner, arn, [acrossShards('automatic'), alone(`${WITHOUT_KEY}-1`)]);
      await until(null, 'what came after the switch is read');

      streams.describe(arn, { RecordDistributionStrategy: 'USER_PARTITION_KEY' });
      await putRecords(lab.owner, arn, [acrossShards('late'), alone('last')]);
      await until('last', 'all is read');

      const late = ['automatic-lower', 'automatic-upper', null, 'late-lower', 'late-upper', 'last'];
      expect(keysOf(consumer)).toEqual(['second', ...late]);
      expect(await droppedBy(consumer)).toBe(1);
      expect((await consumer.stop()).code).toBe(0);
    });
  },
);

testThoroughly('of two streams the one whose records Kinesis distributes keeps its aggregates', async () => {
  const automatic = await sharedStream(lab, [acrossShards('automatic'), alone(WITHOUT_KEY)], 2);
  const byKey = await sharedStream(lab, [acrossShards('by-key'), alone('last')], 2);
  lab.gate.streams.rewrite(automatic.arn, ({ partitionKey }) =>
    partitionKey === WITHOUT_KEY ? { partitionKey: null } : undefined,
  );
  await throughGate(lab, automatic.arn);
  const env = {
    ...streamsEnv(automatic.arn, byKey.arn),
    ...(await throughGate(lab, byKey.arn)),
    APPLICATION_NAME: 'two-strategies',
  };

  await withWorker(lab, undefined, env, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 4);
    await consumer.until('one aggregate is dropped', () =>
      consumer.log.some(({ msg }) => msg.startsWith('KCL dropped 1 of ')),
    );
    const keys = (arn: string) =>
      consumer.ledger.filter(({ stream }) => stream === arn).map(({ partitionKey }) => partitionKey);
    expect(keys(automatic.arn)).toEqual(['automatic-lower', 'automatic-upper', null]);
    expect(keys(byKey.arn)).toEqual(['last']);
    expect((await consumer.stop()).code).toBe(0);
  });
});
