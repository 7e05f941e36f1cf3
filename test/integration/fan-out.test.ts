import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeStreamConsumerCommand,
  ListStreamConsumersCommand,
  RegisterStreamConsumerCommand,
} from '@aws-sdk/client-kinesis';
import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { sharedStream, withConsumer } from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

test('the owner’s consumer is read by its ARN, and none is registered in the reader’s account', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 40), 2);
  const consumerArn = await registerConsumer(arn);

  await withConsumer(lab, arn, { CONSUMER_ARN: consumerArn }, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 40);
    expect((await consumer.stop()).code).toBe(0);
    expect(new Set(consumer.ledger.map(({ partitionKey }) => partitionKey)).size).toBe(40);
  });

  const decoy = arn.replace(lab.owner.id, lab.reader.id);
  const { Consumers } = await lab.reader.kinesis.send(new ListStreamConsumersCommand({ StreamARN: decoy }));
  expect(Consumers).toEqual([]);
});

async function registerConsumer(arn: string): Promise<string> {
  const { kinesis } = lab.owner;
  const { Consumer } = await kinesis.send(
    new RegisterStreamConsumerCommand({ StreamARN: arn, ConsumerName: 'shared' }),
  );
  const ConsumerARN = Consumer?.ConsumerARN ?? '';
  for (;;) {
    const { ConsumerDescription } = await kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN }));
    if (ConsumerDescription?.ConsumerStatus === 'ACTIVE') return ConsumerARN;
    await sleep(50);
  }
}
