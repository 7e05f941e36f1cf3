import { DescribeStreamConsumerCommand, ListStreamConsumersCommand } from '@aws-sdk/client-kinesis';
import {
  type Account,
  createStream,
  deregisterConsumer,
  type Lab,
  registerConsumer,
  startLab,
} from '../../lab/lab.js';

let lab: Lab;
let arn: string;
beforeAll(async () => {
  lab = await startLab();
  arn = await createStream(lab.owner, 'orders', 1);
});
afterAll(() => lab.stop());

async function consumersOf(account: Account, streamArn: string) {
  const { Consumers = [] } = await account.kinesis.send(
    new ListStreamConsumersCommand({ StreamARN: streamArn }),
  );
  return Consumers.map(({ ConsumerName }) => ConsumerName);
}

test("a consumer is ACTIVE when it is registered, and its ARN tells the stream's", async () => {
  const consumer = await registerConsumer(lab.owner, arn, 'me');
  const { ConsumerDescription: found } = await lab.reader.kinesis.send(
    new DescribeStreamConsumerCommand({ ConsumerARN: consumer }),
  );

  expect(consumer).toMatch(new RegExp(`^${arn}/consumer/me:\\d+$`));
  expect(found).toMatchObject({ ConsumerName: 'me', ConsumerStatus: 'ACTIVE', StreamARN: arn });
});

test("a consumer of the reader's stream of that name is none of the owner's", async () => {
  const decoy = await createStream(lab.reader, 'orders', 1);
  await registerConsumer(lab.reader, decoy, 'decoy');

  expect(await consumersOf(lab.reader, decoy)).toEqual(['decoy']);
  expect(await consumersOf(lab.owner, arn)).not.toContain('decoy');
});

test('a consumer is gone when it is deregistered, and one of that name can be registered', async () => {
  const first = await registerConsumer(lab.owner, arn, 'again');
  await deregisterConsumer(lab.owner, first);
  await expect(
    lab.owner.kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN: first })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

  await registerConsumer(lab.owner, arn, 'again');
  expect(await consumersOf(lab.owner, arn)).toContain('again');
});

test('a consumer of a stream that does not exist is refused', async () => {
  await expect(registerConsumer(lab.owner, `${arn}-missing`, 'me')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});
