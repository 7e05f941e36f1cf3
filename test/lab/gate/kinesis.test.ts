import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  ListTagsForResourceCommand,
  PutRecordCommand,
  PutResourcePolicyCommand,
  RegisterStreamConsumerCommand,
  SubscribeToShardCommand,
} from '@aws-sdk/client-kinesis';
import { createStream, putRecords } from '../../../lab/lab.js';
import {
  ALL,
  allow,
  deny,
  OWNER,
  policy,
  READER,
  ROLE,
  SESSION,
  sharedWith,
  USER,
} from '../helpers/access.js';
import { answerTo, type Clients, type GatedLab, startGatedLab } from './helpers/gated-lab.js';
import { headersOf, post } from './helpers/raw.js';

const SHARD = 'shardId-000000000000';
const OWNER_USER = `arn:aws:iam::${OWNER}:user/olga`;

let lab: GatedLab;
/** Of the owner: one that the role may read, one that is not shared at all. */
let shared: string;
let secret: string;
let owner: Clients;
beforeAll(async () => {
  lab = await startGatedLab();
  owner = lab.as(OWNER);
  shared = await createStream(lab.owner, 'shared', 2);
  secret = await createStream(lab.owner, 'secret', 2);
  await createStream(lab.reader, 'shared', 1);
  lab.user(USER);
  lab.session(ROLE, []);
  await putRecords(lab.owner, secret, [{ partitionKey: 'k', data: Buffer.from('secret') }]);
  await share(shared, policy(allow({ Principal: { AWS: [ROLE, USER] }, Action: READ, Resource: shared })));
});
afterAll(() => lab.stop());

const READ = [
  'kinesis:DescribeStreamSummary',
  'kinesis:ListShards',
  'kinesis:GetShardIterator',
  'kinesis:GetRecords',
];

const share = (arn: string, document: object) =>
  owner.kinesis.send(new PutResourcePolicyCommand({ ResourceARN: arn, Policy: JSON.stringify(document) }));
const summaryOf = ({ kinesis }: Clients, StreamARN: string) =>
  answerTo(kinesis.send(new DescribeStreamSummaryCommand({ StreamARN })));
const iteratorOf = async (kinesis: KinesisClient, StreamARN: string) =>
  (
    await kinesis.send(
      new GetShardIteratorCommand({ StreamARN, ShardId: SHARD, ShardIteratorType: 'TRIM_HORIZON' }),
    )
  ).ShardIterator ?? '';
const reader = () => lab.session(ROLE, [allow({ Action: 'kinesis:*' })]);

const denied = (who: string, action: string, arn: string, why: string) =>
  `AccessDeniedException: User: ${who} is not authorized to perform: ${action} on resource: ${arn} ${why}`;

describe('in its own account', () => {
  const describing = 'kinesis:DescribeStreamSummary';

  test('a user needs a policy of its own', async () => {
    const on = (arn: string) => allow({ Action: describing, Resource: arn });

    expect(await summaryOf(lab.user(OWNER_USER, on(secret)), secret)).toBe('ok');
    for (const user of [lab.user(OWNER_USER), lab.user(OWNER_USER, on(shared))]) {
      expect(await summaryOf(user, secret)).toBe(
        denied(
          OWNER_USER,
          describing,
          secret,
          `because no identity-based policy allows the ${describing} action`,
        ),
      );
    }
  });

  test("or the stream's policy names it", async () => {
    const arn = await createStream(lab.owner, 'named', 1);
    await share(arn, sharedWith(arn, OWNER_USER));

    expect(await summaryOf(lab.user(OWNER_USER), arn)).toBe('ok');
    expect(await summaryOf(lab.user(`${OWNER_USER}-2`), arn)).toContain(
      'because no identity-based policy allows',
    );
  });

  test('an explicit deny wins, on either side, over the root user too', async () => {
    const arn = await createStream(lab.owner, 'denied', 1);
    const user = lab.user(OWNER_USER, allow(), deny({ Action: describing, Resource: secret }));

    expect(await summaryOf(user, arn)).toBe('ok');
    expect(await summaryOf(user, secret)).toBe(
      denied(OWNER_USER, describing, secret, 'with an explicit deny in an identity-based policy'),
    );
    await share(arn, policy(deny({ Principal: { AWS: OWNER }, Action: describing, Resource: arn })));
    expect(await summaryOf(user, arn)).toBe(
      denied(OWNER_USER, describing, arn, 'with an explicit deny in a resource-based policy'),
    );
    expect(await summaryOf(owner, arn)).toContain(`User: arn:aws:iam::${OWNER}:root is not authorized`);
  });

  test('a stream that is named by its name only is its own', async () => {
    const byName = new DescribeStreamSummaryCommand({ StreamName: 'shared' });
    const { StreamDescriptionSummary: summary } = await reader().kinesis.send(byName);
    expect(summary?.StreamARN).toBe(`arn:aws:kinesis:us-east-1:${READER}:stream/shared`);

    const secretByName = new DescribeStreamSummaryCommand({ StreamName: 'secret' });
    expect(await answerTo(reader().kinesis.send(secretByName))).toMatch(/^ResourceNotFoundException: /);
  });
});

describe('across accounts', () => {
  test('both sides must allow', async () => {
    const action = 'kinesis:DescribeStreamSummary';

    expect(await summaryOf(reader(), shared)).toBe('ok');
    expect(await summaryOf(lab.session(ROLE, []), shared)).toBe(
      denied(SESSION, action, shared, `because no identity-based policy allows the ${action} action`),
    );
    expect(await summaryOf(reader(), secret)).toBe(
      denied(SESSION, action, secret, `because no resource-based policy allows the ${action} action`),
    );
    expect(await summaryOf(lab.as(READER), shared)).toContain('because no resource-based policy allows');
  });

  test("the stream's policy counts as it is now", async () => {
    const arn = await createStream(lab.owner, 'changing', 1);
    const session = reader();
    const answers = [await summaryOf(session, arn)];
    await share(arn, sharedWith(arn, ROLE));
    answers.push(await summaryOf(session, arn));
    await share(arn, sharedWith(arn, USER));
    answers.push(await summaryOf(session, arn));

    const refusal = expect.stringContaining('because no resource-based policy allows');
    expect(answers).toEqual([refusal, 'ok', refusal]);
  });

  test('each action is asked for by itself', async () => {
    const put = new PutRecordCommand({ StreamARN: shared, PartitionKey: 'k', Data: Buffer.from('x') });
    expect(await answerTo(reader().kinesis.send(put))).toContain(
      'because no resource-based policy allows the kinesis:PutRecord action',
    );
    const register = new RegisterStreamConsumerCommand({ StreamARN: shared, ConsumerName: 'mine' });
    expect(await answerTo(reader().kinesis.send(register))).toContain('kinesis:RegisterStreamConsumer');
    const share = new PutResourcePolicyCommand({
      ResourceARN: shared,
      Policy: JSON.stringify(sharedWith(shared, '*')),
    });
    expect(await answerTo(reader().kinesis.send(share))).toContain('kinesis:PutResourcePolicy');
  });

  test('a session policy limits the session', async () => {
    const narrow = [policy(allow({ Action: 'kinesis:ListShards' }))];
    const session = lab.session(ROLE, [allow({ Action: 'kinesis:*' })], narrow);

    expect(await answerTo(session.kinesis.send(new ListShardsCommand({ StreamARN: shared })))).toBe('ok');
    expect(await summaryOf(session, shared)).toContain('because no session policy allows');
  });
});

describe('a shard iterator', () => {
  test('reads the stream that it was made for, and the iterators that follow do as well', async () => {
    const arn = await createStream(lab.owner, 'followed', 1);
    const decoy = await createStream(lab.reader, 'followed', 1);
    await putRecords(lab.reader, decoy, [{ partitionKey: 'k', data: Buffer.from('decoy') }]);
    await share(arn, sharedWith(arn, ROLE));
    await putRecords(lab.owner, arn, [{ partitionKey: 'k', data: Buffer.from('hello') }]);
    const { kinesis } = reader();
    const first = await kinesis.send(
      new GetRecordsCommand({ ShardIterator: await iteratorOf(kinesis, arn) }),
    );
    expect(first.Records?.map(({ Data }) => Buffer.from(Data ?? []).toString())).toEqual(['hello']);
    const next = new GetRecordsCommand({ ShardIterator: first.NextShardIterator });
    expect(await answerTo(kinesis.send(next))).toBe('ok');

    await share(arn, sharedWith(arn, USER));
    expect(await answerTo(kinesis.send(next))).toBe(
      denied(
        SESSION,
        'kinesis:GetRecords',
        arn,
        'because no resource-based policy allows the kinesis:GetRecords action',
      ),
    );
  });

  test('of a stream that may not be read is of no use, with the ARN of one that may or without', async () => {
    const ShardIterator = await iteratorOf(owner.kinesis, secret);
    const { kinesis } = reader();

    expect(await answerTo(kinesis.send(new GetRecordsCommand({ ShardIterator })))).toContain(
      `not authorized to perform: kinesis:GetRecords on resource: ${secret}`,
    );
    expect(await answerTo(kinesis.send(new GetRecordsCommand({ ShardIterator, StreamARN: shared })))).toMatch(
      /Exception: .*ShardIterator of .*stream\/secret, but names .*stream\/shared/,
    );
  });

  test('that was made by the emulator itself is not taken', async () => {
    const ShardIterator = await iteratorOf(lab.owner.kinesis, secret);

    for (const StreamARN of [undefined, shared]) {
      expect(
        await answerTo(reader().kinesis.send(new GetRecordsCommand({ ShardIterator, StreamARN }))),
      ).toContain('InvalidArgumentException: the iterator or token was not given out by the gate');
    }
  });
});

test("ListShards' further pages are of the stream of the first", async () => {
  const { kinesis } = reader();
  const first = await kinesis.send(new ListShardsCommand({ StreamARN: shared, MaxResults: 1 }));
  const second = new ListShardsCommand({ NextToken: first.NextToken });
  expect((await kinesis.send(second)).Shards).toHaveLength(1);

  expect(await answerTo(lab.user(OWNER_USER).kinesis.send(second))).toContain(
    `not authorized to perform: kinesis:ListShards on resource: ${shared}`,
  );
  const { NextToken } = await owner.kinesis.send(new ListShardsCommand({ StreamARN: secret, MaxResults: 1 }));
  expect(await answerTo(kinesis.send(new ListShardsCommand({ NextToken })))).toContain(secret);
});

describe('what is not there', () => {
  const missing = `arn:aws:kinesis:us-east-1:${OWNER}:stream/missing`;

  test.each([
    ['described', (StreamARN: string) => new DescribeStreamSummaryCommand({ StreamARN })],
    [
      'put into',
      (StreamARN: string) => new PutRecordCommand({ StreamARN, PartitionKey: 'k', Data: Buffer.from('x') }),
    ],
  ])('a stream that does not exist is not found when it is %s', async (_what, command) => {
    expect(await answerTo(owner.kinesis.send(command(missing) as DescribeStreamSummaryCommand))).toMatch(
      /^ResourceNotFoundException: /,
    );
  });

  test('an ARN that is none of Kinesis is refused as bad input, not as a fault', async () => {
    for (const arn of [
      `arn:aws:sns:us-east-1:${OWNER}:topic`,
      'orders',
      `arn:aws:kinesis:us-east-1:${OWNER}:orders`,
    ]) {
      expect(await summaryOf(owner, arn)).toMatch(/^(Validation|Serialization)Exception: /);
    }
  });
});

describe('a sequence number', () => {
  const OLD = '49590338271490256608559692538361571095921575989136588898';
  const from = (StreamARN: string, StartingSequenceNumber: string) =>
    answerTo(
      owner.kinesis.send(
        new GetShardIteratorCommand({
          StreamARN,
          ShardId: SHARD,
          ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
          StartingSequenceNumber,
        }),
      ),
    );

  test('of another stream is refused, as Kinesis does', async () => {
    expect(await from(shared, OLD)).toBe(
      `InvalidArgumentException: StartingSequenceNumber ${OLD} used in GetShardIterator on shard ${SHARD} in stream shared under account ${OWNER} is invalid because it did not come from this stream.`,
    );
  });

  test('of another stream is refused for a subscription too', async () => {
    const registered = await owner.kinesis.send(
      new RegisterStreamConsumerCommand({ StreamARN: shared, ConsumerName: 'of-numbers' }),
    );
    const StartingPosition = { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: OLD } as const;
    const subscribed = owner.kinesis.send(
      new SubscribeToShardCommand({
        ConsumerARN: registered.Consumer?.ConsumerARN,
        ShardId: SHARD,
        StartingPosition,
      }),
    );

    expect(await answerTo(subscribed)).toContain('used in SubscribeToShard on shard');
  });

  test('of the stream is taken, from the first that its shard can have', async () => {
    const { Shards } = await owner.kinesis.send(new ListShardsCommand({ StreamARN: shared }));
    const first = Shards?.find(({ ShardId }) => ShardId === SHARD)?.SequenceNumberRange;

    expect(await from(shared, first?.StartingSequenceNumber ?? '')).toBe('ok');
  });
});

test('a stream of another region is found there, with its policy', async () => {
  const far = lab.account(OWNER, 'eu-west-1');
  const arn = await createStream(far, 'far', 1);
  const session = lab.as(
    lab.gate.identities.assume(lab.gate.identities.setRole({ arn: ROLE, policies: [ALL] }), 'session'),
    'eu-west-1',
  );
  expect(await summaryOf(session, arn)).toContain('because no resource-based policy allows');
  await lab
    .as(OWNER, 'eu-west-1')
    .kinesis.send(
      new PutResourcePolicyCommand({ ResourceARN: arn, Policy: JSON.stringify(sharedWith(arn, ROLE)) }),
    );

  expect(await summaryOf(session, arn)).toBe('ok');
});

describe('a call that the lab does not know', () => {
  test('is refused, whoever makes it', async () => {
    const call = owner.kinesis.send(new ListTagsForResourceCommand({ ResourceARN: shared }));

    expect(await answerTo(call)).toBe(
      'UnknownOperationException: the lab does not know the call Kinesis_20131202.ListTagsForResource',
    );
  });

  test.each([
    '',
    'ListShards',
    'Kinesis_20131202',
    'Kinesis_20131202.',
    'Kinesis_20131202.constructor',
    '.ListShards',
  ])("such as '%s'", async (target) => {
    const { status, body } = await post(lab.gate.endpoint, headersOf(target), '{}');

    expect(JSON.parse(String(body))).toMatchObject({ __type: 'UnknownOperationException' });
    expect(status).toBe(400);
  });
});

test('a policy of a stream that is not JSON lets nobody in, and is told', async () => {
  const arn = await createStream(lab.owner, 'broken', 1);
  const put = (Policy: string) =>
    lab.owner.kinesis.send(new PutResourcePolicyCommand({ ResourceARN: arn, Policy }));
  for (const text of ['{"Statement":', 'null', '[]', '{"Version":"2012-10-17"}']) {
    await put(text);

    expect(await summaryOf(owner, arn)).toMatch(
      new RegExp(`^InternalFailure: the lab: the policy of ${arn} `),
    );
  }
});
