import {
  DescribeStreamConsumerCommand,
  type KinesisClient,
  PutResourcePolicyCommand,
  SubscribeToShardCommand,
  type SubscribeToShardCommandOutput,
} from '@aws-sdk/client-kinesis';
import { createStream, putRecords, registerConsumer, splitShard } from '../../../lab/lab.js';
import { allow, OWNER, ROLE, SESSION, sharedWith, USER } from '../helpers/access.js';
import { answerTo, type Clients, type GatedLab, startGatedLab } from './helpers/gated-lab.js';

const SHARD = 'shardId-000000000000';
const HTTP = ['kinesis', 'kinesisHttp1'] as const;

let lab: GatedLab;
let owner: Clients;
beforeAll(async () => {
  lab = await startGatedLab();
  owner = lab.as(OWNER);
});
afterAll(() => lab.stop());

let consumers = 0;
/** A stream with one record, and a consumer that the role may use. */
async function sharedConsumer(): Promise<{ stream: string; consumer: string }> {
  const name = `orders-${++consumers}`;
  const stream = await createStream(lab.owner, name, 1);
  await putRecords(lab.owner, stream, [{ partitionKey: 'k', data: Buffer.from('hello') }]);
  const consumer = await registerConsumer(lab.owner, stream, name);
  await share(consumer, sharedWith(consumer, ROLE));
  return { stream, consumer };
}

const share = (arn: string, document: object) =>
  owner.kinesis.send(new PutResourcePolicyCommand({ ResourceARN: arn, Policy: JSON.stringify(document) }));
const reader = () => lab.session(ROLE, [allow({ Action: 'kinesis:*' })]);

function subscribe(kinesis: KinesisClient, ConsumerARN: string, ShardId = SHARD) {
  const StartingPosition = { Type: 'TRIM_HORIZON' as const };
  return kinesis.send(new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition }));
}

/** What the first event with records holds. */
async function firstRecords({ EventStream = noEvents() }: SubscribeToShardCommandOutput): Promise<string[]> {
  for await (const { SubscribeToShardEvent: event } of EventStream) {
    const records = event?.Records ?? [];
    if (records.length > 0) return records.map(({ Data }) => Buffer.from(Data ?? []).toString());
  }
  return [];
}

async function* noEvents() {}

test("a shard's subscription ends behind its last record once it is closed, and tells the children", async () => {
  const { stream, consumer } = await sharedConsumer();
  const { EventStream = noEvents() } = await subscribe(reader().kinesis, consumer);
  const data: string[] = [];
  const ends: unknown[] = [];
  for await (const { SubscribeToShardEvent: event } of EventStream) {
    if (data.length === 0) {
      await putRecords(lab.owner, stream, [{ partitionKey: 'k', data: Buffer.from('last') }]);
      await splitShard(lab.owner, stream, SHARD, 2n ** 127n);
    }
    data.push(...(event?.Records ?? []).map(({ Data }) => Buffer.from(Data ?? []).toString()));
    ends.push([event?.ContinuationSequenceNumber, event?.ChildShards?.map(({ ShardId }) => ShardId)]);
  }

  expect(data).toEqual(['hello', 'last']);
  const children = ['shardId-000000000001', 'shardId-000000000002'];
  expect(ends.at(-1)).toEqual([undefined, children]);
  for (const before of ends.slice(0, -1)) expect(before).toEqual([expect.any(String), undefined]);
});

describe.each(HTTP)('over %s', (client) => {
  test('whom the policies of both sides allow gets the events', async () => {
    const { consumer } = await sharedConsumer();

    expect(await firstRecords(await subscribe(reader()[client], consumer))).toEqual(['hello']);
  });

  test('whom they do not is answered so at once', async () => {
    const { consumer } = await sharedConsumer();
    const why = (who: string, policies: string) =>
      `AccessDeniedException: User: ${who} is not authorized to perform: kinesis:SubscribeToShard on resource: ` +
      `${consumer} because no ${policies} policy allows the kinesis:SubscribeToShard action`;

    expect(await answerTo(subscribe(lab.session(ROLE, [])[client], consumer))).toBe(
      why(SESSION, 'identity-based'),
    );
    const other = lab.user(USER, allow({ Action: 'kinesis:*' }));
    expect(await answerTo(subscribe(other[client], consumer))).toBe(why(USER, 'resource-based'));
  });

  test('what the emulator refuses is passed on', async () => {
    const { consumer } = await sharedConsumer();

    const { EventStream } = await subscribe(reader()[client], consumer);
    expect(await answerTo(subscribe(reader()[client], consumer))).toMatch(
      /^ResourceInUseException: Another active subscription exists/,
    );
    expect(await firstRecords({ EventStream, $metadata: {} })).toEqual(['hello']);
  });

  test('the next subscription is asked for again', async () => {
    const { consumer } = await sharedConsumer();
    await firstRecords(await subscribe(reader()[client], consumer));
    await share(consumer, sharedWith(consumer, USER));

    expect(await answerTo(subscribe(reader()[client], consumer))).toMatch(/^AccessDeniedException: /);
  });
});

test("the stream's policy does not open its consumers", async () => {
  const { stream, consumer } = await sharedConsumer();
  await share(stream, sharedWith(stream, ROLE));
  await share(consumer, sharedWith(consumer, USER));

  expect(await answerTo(subscribe(reader().kinesis, consumer))).toContain('because no resource-based policy');
});

test('a consumer that is named by its stream and name is asked for without its time of creation', async () => {
  const { stream, consumer } = await sharedConsumer();
  const [, name] = stream.split('/');
  const byName = ({ kinesis }: Clients, ConsumerName = name) =>
    kinesis.send(new DescribeStreamConsumerCommand({ StreamARN: stream, ConsumerName }));
  const asked = `kinesis:DescribeStreamConsumer on resource: ${stream}/consumer/${name} because no`;

  expect((await byName(owner)).ConsumerDescription?.ConsumerARN).toBe(consumer);
  // The ARN that AWS asks for then lacks the time of creation, which the consumer's policy names.
  expect(await answerTo(byName(reader()))).toContain(`${asked} resource-based policy allows`);
  expect(
    await answerTo(reader().kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN: consumer }))),
  ).toBe('ok');
  const olga = `arn:aws:iam::${OWNER}:user/olga`;
  const described = (Resource: string) =>
    answerTo(byName(lab.user(olga, allow({ Action: 'kinesis:DescribeStreamConsumer', Resource }))));
  expect(await described(consumer)).toContain(`${asked} identity-based policy allows`);
  expect(await described(`${stream}/consumer/*`)).toBe('ok');
  expect(await described(`${stream}/consumer/${name}`)).toBe('ok');
});

test('a consumer that does not exist, and a stream where a consumer is due, are refused', async () => {
  const { stream, consumer } = await sharedConsumer();

  expect(await answerTo(subscribe(owner.kinesis, `${consumer.slice(0, -10)}1500000000`))).toMatch(
    /^ResourceNotFoundException: /,
  );
  expect(await answerTo(subscribe(owner.kinesis, stream))).toMatch(
    /^(Validation|Serialization|ResourceNotFound)Exception: /,
  );
});
