import { ListStreamConsumersCommand } from '@aws-sdk/client-kinesis';
import {
  createStream,
  deregisterConsumer,
  type Lab,
  putRecords,
  registerConsumer,
  startLab,
} from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { refusedStart } from './helpers/cli.js';
import { startCutter } from './helpers/cutter.js';
import { DECOY, leasesOf, sharedStream, streamsEnv, TRANSPORTS, withWorker } from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** The owner's stream with a consumer, and a stream of that name in the reader's account. */
async function sharedConsumer(records: number, shards = 2) {
  const stream = await sharedStream(lab, sampleOrders(lab.owner.id, records), shards);
  const decoy = stream.arn.replace(lab.owner.id, lab.reader.id);
  // A name of its own: of two with one name the emulator never ends the deletion.
  const name = `of-${stream.application}`;
  return { ...stream, decoy, name, consumerArn: await registerConsumer(lab.owner, stream.arn, name) };
}

async function consumersOf(account: Lab['owner'], arn: string) {
  const { Consumers = [] } = await account.kinesis.send(new ListStreamConsumersCommand({ StreamARN: arn }));
  return Consumers.map(({ ConsumerARN }) => ConsumerARN);
}

describe.each(TRANSPORTS)('transport %s', (transport) => {
  test.each([
    ['its ARN', {}],
    ['StreamTracker', { STREAM_CREATION_EPOCH: 'auto' }],
  ])(
    "a stream given by %s is read through the owner's consumer, and none is registered anywhere",
    async (_form, form) => {
      const { arn, decoy, name, consumerArn } = await sharedConsumer(40);
      const ofReader = await registerConsumer(lab.reader, decoy, name);
      const env = { TRANSPORT: transport, CONSUMER_ARN: consumerArn, ...form };

      await withWorker(lab, arn, env, async (consumer) => {
        await consumer.until('all handled', () => consumer.ledger.length >= 40);
        expect((await consumer.stop()).code).toBe(0);
        expect(new Set(consumer.ledger.map(({ partitionKey }) => partitionKey)).size).toBe(40);
        expect(JSON.stringify(consumer.ledger)).not.toContain(DECOY);
      });

      expect(await consumersOf(lab.owner, arn)).toEqual([consumerArn]);
      expect(await consumersOf(lab.reader, decoy)).toEqual([ofReader]);
    },
  );
});

test('of several streams each is read through its own consumer, and one without by polling', async () => {
  const first = await sharedConsumer(20);
  const second = await sharedConsumer(20);
  const third = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 1);
  const env = {
    ...streamsEnv(first.arn, second.arn, third.arn),
    STREAMS_1_CONSUMER_ARN: first.consumerArn,
    STREAMS_2_CONSUMER_ARN: second.consumerArn,
    APPLICATION_NAME: first.application,
  };

  await withWorker(lab, undefined, env, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 60);
    expect((await consumer.stop()).code).toBe(0);
    for (const { arn } of [first, second, third]) {
      expect(consumer.ledger.filter(({ stream }) => stream === arn)).toHaveLength(20);
    }
  });
  expect(await consumersOf(lab.owner, third.arn)).toEqual([]);
  expect(await consumersOf(lab.reader, first.decoy)).toEqual([]);
});

test('a restart goes on after the last record', async () => {
  const { arn, consumerArn } = await sharedConsumer(10, 1);
  const env = { CONSUMER_ARN: consumerArn, STREAM_CREATION_EPOCH: 'auto' };
  await withWorker(lab, arn, env, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 10);
    expect((await consumer.stop()).code).toBe(0);
  });
  await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, 14).slice(10));

  await withWorker(lab, arn, env, async (consumer) => {
    await consumer.until('the new ones', () => consumer.ledger.length >= 4);
    await consumer.stop();
    expect(consumer.ledger).toHaveLength(4);
  });
});

describe('refused', () => {
  test('fan-out without a consumer ARN', async () => {
    const { arn } = await sharedStream(lab, [], 1);

    const { status, message } = await refusedStart(lab, { STREAM_ARN: arn, RETRIEVAL_MODE: 'FANOUT' });

    expect(status).toBe(2);
    expect(message).toContain('needs consumerArn, the ARN of a consumer that the owner shares');
  });

  test('a consumer that does not exist', async () => {
    const { arn } = await sharedStream(lab, [], 1);

    const { status, message } = await refusedStart(lab, {
      STREAM_ARN: arn,
      CONSUMER_ARN: `${arn}/consumer/none:1700000000`,
    });

    expect(status).toBe(3);
    expect(message).toMatch(
      /the consumer .*none:1700000000 can't be used: there is no such consumer\n.*another ARN/,
    );
  });

  test('a consumer of another stream, and one without its timestamp', async () => {
    const { arn, consumerArn } = await sharedConsumer(0);
    const other = await createStream(lab.owner, 'other', 1);

    for (const [consumer, reason] of [
      [consumerArn, 'is the consumer ARN of another stream'],
      [`${other}/consumer/shared`, 'the creation timestamp at its end is missing'],
    ]) {
      expect(await refusedStart(lab, { STREAM_ARN: other, CONSUMER_ARN: consumer })).toMatchObject({
        status: 2,
        message: expect.stringContaining(reason as string),
      });
    }
    expect(await consumersOf(lab.owner, arn)).toEqual([consumerArn]);
  });
});

describe.each(TRANSPORTS)('transport %s, while running', (transport) => {
  test('a consumer that is deleted stops the worker: no shard counts as ended', async () => {
    const { arn, application, name, consumerArn } = await sharedConsumer(20);
    const env = { TRANSPORT: transport, CONSUMER_ARN: consumerArn, STREAM_CREATION_EPOCH: 'auto' };
    const cutter = await startCutter(lab.kinesisEndpoint);

    await withWorker(lab, arn, { ...env, KINESIS_ENDPOINT: cutter.endpoint }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 20);
      await deregisterConsumer(lab.owner, consumerArn);
      cutter.cut(); // the emulator goes on with a subscription of a consumer that is gone

      expect((await consumer.ended).code).toBe(3);
      expect(consumer.stderr).toContain(`the consumer ${consumerArn} does not exist any more`);
      for (const { shardId, checkpoint } of await leasesOf(lab, application)) {
        const last = consumer.ledger.findLast(({ shard }) => shard === shardId);
        expect(checkpoint).toBe(last?.sequenceNumber);
      }
    });

    await cutter.stop();

    // With the new consumer's ARN it goes on where it was.
    const again = await registerConsumer(lab.owner, arn, name);
    await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, 26).slice(20));
    await withWorker(lab, arn, { ...env, CONSUMER_ARN: again }, async (consumer) => {
      await consumer.until('the new ones', () => consumer.ledger.length >= 6);
      await consumer.stop();
      expect(consumer.ledger).toHaveLength(6);
    });
  });
});

test('a second application on the same consumer is told what the error means', async () => {
  const { arn, application, consumerArn } = await sharedConsumer(5, 1);
  const env = { CONSUMER_ARN: consumerArn };

  await withWorker(lab, arn, env, async (first) => {
    await first.until('all handled', () => first.ledger.length >= 5);
    await withWorker(lab, arn, { ...env, APPLICATION_NAME: `${application}-2` }, async (second) => {
      const told = () =>
        [...first.log, ...second.log].find(({ msg }) => msg.startsWith('Another subscriber uses'));
      await second.until('one of them is told', () => told() !== undefined);
      expect(told()?.msg).toContain(`${consumerArn} for shardId-000000000000`);
      expect(told()?.level).toBe(40);
    });
  });
});
