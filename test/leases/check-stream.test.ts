import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { createStream, deregisterConsumer, type Lab, registerConsumer, startLab } from '../../lab/lab.js';
import { parseConsumerArn, parseStreamArn } from '../../src/aws/arn.js';
import { AccessError } from '../../src/errors/errors.js';
import { checkConsumer, checkStream } from '../../src/leases/check-stream.js';
import { namedError } from '../aws/helpers/named-error.js';
import { lookUp } from './helpers/look-up.js';

const ORDERS = 'arn:aws:kinesis:us-east-1:111111111111:stream/orders';
const ME = parseConsumerArn(`${ORDERS}/consumer/me:1700000000`);

let lab: Lab;
let orders: string;
beforeAll(async () => {
  lab = await startLab();
  orders = await createStream(lab.owner, 'orders', 2);
});
afterAll(() => lab.stop());

/** As the reader. */
const check = (arn: string, kinesis = lab.reader.kinesis) =>
  checkStream(lookUp(kinesis, parseStreamArn(arn)));
const checkTheConsumer = (arn: string, kinesis = lab.reader.kinesis) => {
  const consumer = parseConsumerArn(arn);
  return checkConsumer(lookUp(kinesis, parseStreamArn(ORDERS), consumer), consumer);
};

/** A client that gets this answer to every call. */
function answering(answer: unknown): KinesisClient {
  return { send: async () => answer } as unknown as KinesisClient;
}

function refusing(error: Error): KinesisClient {
  return { send: () => Promise.reject(error) } as unknown as KinesisClient;
}

async function refusalOf(checked: Promise<unknown>): Promise<AccessError> {
  const error = await checked.then(
    () => new Error('not refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AccessError);
  return error as AccessError;
}

describe('a stream', () => {
  test('of another account is found by its ARN', async () => {
    const { StreamDescriptionSummary: summary } = await lab.owner.kinesis.send(
      new DescribeStreamSummaryCommand({ StreamARN: orders }),
    );
    const created = (summary?.StreamCreationTimestamp?.getTime() ?? 0) / 1000;

    expect(await check(orders)).toEqual({
      status: 'ACTIVE',
      openShards: 2,
      creationEpoch: Math.floor(created),
      retentionMs: 86_400_000,
    });
  });

  test.each([
    ['2023-11-14T22:13:20.000Z', 1_700_000_000],
    ['2023-11-14T22:13:20.999Z', 1_700_000_000],
  ])('of %s has the creation epoch %d: the seconds, rounded down', async (at, creationEpoch) => {
    const summary = { StreamStatus: 'ACTIVE', StreamCreationTimestamp: new Date(at) };

    expect(await check(ORDERS, answering({ StreamDescriptionSummary: summary }))).toMatchObject({
      creationEpoch,
    });
  });

  // The states of the emulator last 100 ms: on a busy machine they are over before they are asked for.
  test.each([
    [
      'CREATING',
      'Try again when its owner, account 111111111111, has finished; cross-account-kcl preflight --wait waits for it.',
    ],
    ['DELETING', 'Its owner, account 111111111111, is deleting it; records that were not read are lost.'],
  ])('that is %s is refused', async (status, remedy) => {
    const summary = { StreamStatus: status, StreamCreationTimestamp: new Date() };

    const refusal = await refusalOf(check(ORDERS, answering({ StreamDescriptionSummary: summary })));

    expect(refusal).toMatchObject({
      message: `the stream ${ORDERS} can't be read: its status is ${status}, and ACTIVE is needed`,
      remedy,
    });
  });

  test('that is being resharded can be read', async () => {
    const summary = { StreamStatus: 'UPDATING', StreamCreationTimestamp: new Date() };

    expect(await check(ORDERS, answering({ StreamDescriptionSummary: summary }))).toMatchObject({
      status: 'UPDATING',
    });
  });

  test("that is missing is refused, although the reader's account has one of that name", async () => {
    await createStream(lab.reader, 'mine', 1);
    const arn = orders.replace('orders', 'mine');

    expect(await refusalOf(check(arn))).toMatchObject({
      message: `the stream ${arn} can't be read: there is no such stream`,
      remedy: "Check the ARN with the stream's owner, account 111111111111.",
    });
  });

  test('that both sides must allow is refused with the action and the account', async () => {
    const denied = namedError('AccessDeniedException', 'not authorized', 400);

    expect((await refusalOf(check(ORDERS, refusing(denied)))).remedy).toBe(
      "Both sides, the stream's resource policy in account 111111111111 and the IAM policy of this role, " +
        'must allow kinesis:DescribeStreamSummary.',
    );
  });

  test.each([
    ['nothing', {}, 'UNKNOWN'],
    ['no time of its creation', { StreamDescriptionSummary: { StreamStatus: 'ACTIVE' } }, 'ACTIVE'],
  ])('of which %s is answered is refused', async (_what, answer, status) => {
    expect((await refusalOf(check(ORDERS, answering(answer)))).message).toContain(`its status is ${status}`);
  });
});

describe('a consumer', () => {
  test('that is ACTIVE can be used', async () => {
    const arn = await registerConsumer(lab.owner, orders, 'active');

    await expect(checkTheConsumer(arn)).resolves.toBeUndefined();
  });

  test.each([
    ['CREATING', 'Try again in a minute.'],
    ['DELETING', "Ask the stream's owner, account 111111111111, for the ARN of a new one."],
  ])('that is %s is refused', async (status, remedy) => {
    const answer = { ConsumerDescription: { ConsumerStatus: status } };

    expect(await refusalOf(checkTheConsumer(ME.arn, answering(answer)))).toMatchObject({
      message: `the consumer ${ME.arn} can't be used: its status is ${status}, and ACTIVE is needed`,
      remedy,
    });
  });

  test('that is gone is refused', async () => {
    const arn = await registerConsumer(lab.owner, orders, 'gone');
    await deregisterConsumer(lab.owner, arn);

    expect(await refusalOf(checkTheConsumer(arn))).toMatchObject({
      message: `the consumer ${arn} can't be used: there is no such consumer`,
      remedy: expect.stringMatching(
        /^Ask the stream's owner, account 111111111111\. A consumer that is registered again has another ARN.*: aws kinesis list-stream-consumers --stream-arn arn:/,
      ),
    });
  });

  test('that both sides must allow is refused with the actions and the account', async () => {
    const denied = namedError('AccessDeniedException', 'not authorized', 400);

    expect((await refusalOf(checkTheConsumer(ME.arn, refusing(denied)))).remedy).toBe(
      "Both sides, the consumer's resource policy in account 111111111111 and the IAM policy of this role, " +
        'must allow kinesis:DescribeStreamConsumer and kinesis:SubscribeToShard. ' +
        'Or the consumer was deleted, and its policy with it. The owner can check with: ' +
        `aws kinesis describe-stream-consumer --consumer-arn ${ME.arn} --region us-east-1 and ` +
        `aws kinesis list-stream-consumers --stream-arn ${ORDERS} --region us-east-1`,
    );
  });

  test("that the reader's own policy does not allow: nothing is said of a deletion", async () => {
    const text = 'not authorized because no identity-based policy allows the action';
    const denied = namedError('AccessDeniedException', text, 400);

    const { remedy } = await refusalOf(checkTheConsumer(ME.arn, refusing(denied)));

    expect(remedy).toMatch(/must allow kinesis:DescribeStreamConsumer and kinesis:SubscribeToShard\.$/);
  });
});

test.each([
  ['stream', (kinesis: KinesisClient) => check(ORDERS, kinesis)],
  ['consumer', (kinesis: KinesisClient) => checkTheConsumer(ME.arn, kinesis)],
])('a %s of a Kinesis that can not be reached is refused with the setting', async (_what, run) => {
  const error = await refusalOf(run(refusing(new Error('connect ECONNREFUSED 127.0.0.1:1'))));

  expect(error.message).toContain("Kinesis can't be reached (connect ECONNREFUSED 127.0.0.1:1)");
  expect(error.remedy).toContain('kinesisEndpoint (KINESIS_ENDPOINT)');
});
