import { DescribeStreamSummaryCommand, PutResourcePolicyCommand } from '@aws-sdk/client-kinesis';
import {
  createStream,
  deleteStream,
  deregisterConsumer,
  encryptStream,
  type Lab,
  putRecords,
  registerConsumer,
  startLab,
} from '../../lab/lab.js';
import { parseConsumerArn, parseStreamArn } from '../../src/aws/arn.js';
import { parseReaderArn } from '../../src/aws/reader-arn.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';
import type { PreflightReport } from '../../src/preflight/report.js';
import { READER, Share, type Way } from '../matrix/helpers/share.js';
import { broken, checkShare, found, OF_MACHINE } from './helpers/check-share.js';

let lab: Lab;
let share: Share;
/** Tests share the lab, and no name. */
let names = 0;
const unique = (name: string) => `${name}-${++names}`;
beforeAll(async () => {
  lab = await startLab({ onDecision: (decision) => share?.decisions.push(decision) });
});
afterAll(() => lab.stop());

const LAMBDA: Way = { for: 'lambda' };
const ENCRYPTED: Way = { for: 'lambda', encrypted: true };
const FAN_OUT: Way = { for: 'lambda', fanOut: true };

async function open(way: Way): Promise<Record<string, string>> {
  share = await Share.openIn(lab, unique('orders'), way);
  return share.putInForce(share.grants('orders-app'));
}

const check = (env: Record<string, string>, ...more: unknown[]) =>
  checkShare(share, env, 'lambda', '', { skip: OF_MACHINE }, ...(more as []));

/** The statements of a policy, with one more. */
const and = ({ Statement, ...head }: PolicyDocument, statement: Statement): PolicyDocument => ({
  ...head,
  Statement: [...Statement, statement],
});

/** The reader's IAM policy, with one statement more. */
function allowAlso(statement: Statement): void {
  const role = lab.gate.identities.role(READER.arn);
  if (role) role.policies = [...role.policies, { Version: '2012-10-17', Statement: [statement] }];
}

/** Both sides let the reader read this stream too. */
async function letReadAlso(arn: string): Promise<void> {
  const policy = JSON.stringify(share.grants('').streamPolicy).replaceAll(share.streamArn, arn);
  await lab.owner.kinesis.send(new PutResourcePolicyCommand({ ResourceARN: arn, Policy: policy }));
  allowAlso({ Effect: 'Allow', Action: 'kinesis:*', Resource: arn });
}

const status = (report: PreflightReport, id: string) => found(report, id).status;

describe('the stream', () => {
  test('that does not exist', async () => {
    const env = await open(LAMBDA);
    await deleteStream(lab.owner, share.streamArn);
    const report = await check(env);

    // The stream's policy has gone with it, so that AWS denies before it looks.
    expect(broken(report)).toEqual({
      'stream-summary': 'stream owner',
      'describe-stream': 'stream owner',
      'list-shards': 'stream owner',
    });
  });

  test('that is empty passes', async () => {
    const env = await open(LAMBDA);
    const empty = await createStream(lab.owner, unique('empty'), 2);
    await letReadAlso(empty);
    const report = await check(env, { streams: [{ stream: parseStreamArn(empty) }] });

    expect(broken(report)).toEqual({});
    expect(found(report, 'get-records').message).toBe(
      'allowed; no record was found at the beginning of 2 shards',
    );
  });

  test('of hundreds of shards is sampled', async () => {
    const env = await open(LAMBDA);
    const large = await createStream(lab.owner, unique('large'), 400);
    await letReadAlso(large);
    const since = share.decisions.length;
    const report = await check(env, { streams: [{ stream: parseStreamArn(large) }] });

    expect(broken(report)).toEqual({});
    expect(found(report, 'list-shards').message).toBe('400 shards');
    expect(found(report, 'shard-iterator').message).toBe('of 8 of 400 shards');
    expect(share.decisions.length - since).toBeLessThan(40);
  });

  test('of the same name in the own account is warned of', async () => {
    const env = await open(LAMBDA);
    const own = await createStream(lab.reader, parseStreamArn(share.streamArn).streamName, 1);
    allowAlso({ Effect: 'Allow', Action: 'kinesis:DescribeStreamSummary', Resource: own });
    const report = await check(env);

    expect(broken(report)).toEqual({});
    expect(found(report, 'same-name')).toMatchObject({
      status: 'warning',
      message: expect.stringContaining(`${own} exists`),
    });
  });

  test('several: each check says of which stream it is', async () => {
    const env = await open(LAMBDA);
    const other = await createStream(lab.owner, unique('other'), 1);
    const report = await check(env, {
      streams: [{ stream: parseStreamArn(share.streamArn) }, { stream: parseStreamArn(other) }],
    });

    const failed = report.checks.filter((one) => one.status === 'failed');
    expect(failed.map(({ id, stream }) => [id, stream])).toEqual([
      ['stream-summary', other],
      ['describe-stream', other],
      ['list-shards', other],
    ]);
    expect(failed[0]?.statements[0]).toMatchObject({ policy: 'reader', statement: { Resource: other } });
  });
});

describe('the key', () => {
  test('of AWS can not be shared', async () => {
    const env = await open(LAMBDA);
    await encryptStream(lab.owner, share.streamArn, 'alias/aws/kinesis');
    const report = await check(env);

    expect(broken(report)).toEqual({ encryption: 'stream owner' });
    expect(found(report, 'encryption').remedy).toContain('customer managed key');
    expect(status(report, 'decrypt')).toBe('skipped');
  });

  test.each([
    ['Disabled', 'failed', /is disabled.*/s, /aws kms enable-key/],
    ['PendingDeletion', 'failed', /pending deletion/, /cancel-key-deletion/],
    ['Throttled', 'error', /KMS throttles/, /Try again/],
  ] as const)('that is %s', async (state, expected, message, remedy) => {
    const env = await open(ENCRYPTED);
    const { KeyId = '' } = (await summary()) ?? {};
    const key = lab.gate.keys.find(KeyId);
    if (key) key.state = state;
    const report = await check(env);

    expect(broken(report)).toEqual({ decrypt: expected === 'failed' ? 'stream owner' : 'both' });
    expect(found(report, 'decrypt')).toMatchObject({
      status: expected,
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
      statements: [],
    });
  });

  test.each(['Disabled', 'PendingDeletion'] as const)(
    'that is %s, as KMS tells who may ask',
    async (state) => {
      const env = await open(ENCRYPTED);
      const { KeyId = '' } = (await summary()) ?? {};
      const key = lab.gate.keys.find(KeyId);
      if (key) {
        key.state = state;
        const mayAsk: Statement = {
          Effect: 'Allow',
          Principal: { AWS: READER.arn },
          Action: 'kms:DescribeKey',
          Resource: '*',
        };
        key.policy = JSON.stringify(and(JSON.parse(key.policy) as PolicyDocument, mayAsk));
      }
      allowAlso({ Effect: 'Allow', Action: 'kms:DescribeKey', Resource: KeyId });

      expect(broken(await check(env))).toEqual({ 'key-state': 'stream owner', decrypt: 'stream owner' });
    },
  );

  test('that was deleted', async () => {
    const env = await open(ENCRYPTED);
    const { KeyId = '' } = (await summary()) ?? {};
    lab.gate.keys.delete(KeyId);
    const report = await check(env);

    expect(broken(report)).toMatchObject({ decrypt: 'stream owner' });
    expect(found(report, 'decrypt').message).toMatch(/does not exist/);
  });

  test('of an empty stream: inconclusive, with the reason and what the owner is to look for', async () => {
    const env = await open(ENCRYPTED);
    const arn = await createStream(lab.owner, unique('empty'), 1);
    const { KeyId = '' } = (await summary()) ?? {};
    await encryptStream(lab.owner, arn, KeyId);
    await letReadAlso(arn);
    const request = { streams: [{ stream: parseStreamArn(arn) }] };
    const report = await check(env, request);

    expect(broken(report)).toEqual({});
    expect(found(report, 'decrypt')).toMatchObject({
      status: 'warning',
      message: expect.stringMatching(/^inconclusive: no encrypted record was found/),
      statements: [{ policy: 'key' }, { policy: 'reader' }],
    });

    // Allowed also without Kinesis between: the dry run says so.
    const key = lab.gate.keys.find(KeyId);
    const direct = { Effect: 'Allow', Action: 'kms:Decrypt' } as const;
    if (key) {
      const mayDecrypt = { ...direct, Principal: { AWS: READER.arn }, Resource: '*' };
      key.policy = JSON.stringify(and(JSON.parse(key.policy) as PolicyDocument, mayDecrypt));
    }
    allowAlso({ ...direct, Resource: KeyId });
    expect(found(await check(env, request), 'decrypt')).toMatchObject({
      status: 'passed',
      message: expect.stringContaining('dry run'),
    });
  });

  test('records from before the encryption prove nothing', async () => {
    const env = await open(ENCRYPTED);
    const { KeyId = '' } = (await summary()) ?? {};
    const arn = await createStream(lab.owner, unique('late'), 1);
    await putRecords(lab.owner, arn, [{ partitionKey: 'k', data: Buffer.from('plain') }]);
    await encryptStream(lab.owner, arn, KeyId);
    await letReadAlso(arn);

    expect(status(await check(env, { streams: [{ stream: parseStreamArn(arn) }] }), 'decrypt')).toBe(
      'warning',
    );
  });

  async function summary() {
    const command = new DescribeStreamSummaryCommand({ StreamARN: share.streamArn });
    return (await lab.owner.kinesis.send(command)).StreamDescriptionSummary;
  }
});

describe('the consumer', () => {
  test('that was deregistered', async () => {
    const env = await open(FAN_OUT);
    await deregisterConsumer(lab.owner, share.consumerArn ?? '');
    const report = await check(env);

    expect(Object.keys(broken(report))).toEqual(['consumer']);
    expect(status(report, 'subscribe')).toBe('skipped');
  });

  test('of another stream', async () => {
    const env = await open(FAN_OUT);
    const other = await createStream(lab.owner, unique('other'), 1);
    const arn = await registerConsumer(lab.owner, other, 'of-another');
    const policy = JSON.stringify(share.grants('').consumerPolicy).replaceAll(share.consumerArn ?? '', arn);
    await lab.owner.kinesis.send(new PutResourcePolicyCommand({ ResourceARN: arn, Policy: policy }));
    allowAlso({ Effect: 'Allow', Action: 'kinesis:*', Resource: arn });
    const consumer = { ...parseConsumerArn(arn), streamArn: share.streamArn };
    const report = await check(env, { streams: [{ stream: parseStreamArn(share.streamArn), consumer }] });

    expect(broken(report)).toEqual({ consumer: 'both' });
    expect(found(report, 'consumer').message).toContain(`it is a consumer of ${other}`);
  });

  test('is left alone if that is asked', async () => {
    const env = await open(FAN_OUT);
    const since = share.decisions.length;
    const report = await check(env, { leaveOutSubscribe: 'because' });

    expect(found(report, 'subscribe')).toMatchObject({ status: 'skipped', message: 'because' });
    expect(share.decisions.slice(since).map(({ action }) => action)).not.toContain(
      'kinesis:SubscribeToShard',
    );
  });
});

describe('a policy that takes away', () => {
  const deny = (extra: object) =>
    ({ Effect: 'Deny', Action: 'kinesis:GetRecords', Resource: share.streamArn, ...extra }) as Statement;

  test("a Deny in the stream's policy is the owner's, and no statement helps", async () => {
    await open(LAMBDA);
    const grants = share.grants('');
    const streamPolicy = and(grants.streamPolicy, deny({ Principal: '*' })) as typeof grants.streamPolicy;
    const env = await share.putInForce({ ...grants, streamPolicy });
    const report = await check(env);

    expect(broken(report)).toEqual({ 'get-records': 'stream owner' });
    expect(found(report, 'get-records')).toMatchObject({
      statements: [],
      remedy: expect.stringMatching(/A Deny in the resource-based policy wins .* stream's owner/),
    });
  });

  test("a Deny in the reader's IAM policy is the reader's", async () => {
    const env = await open(LAMBDA);
    allowAlso(deny({}));
    const report = await check(env);

    expect(broken(report)).toEqual({ 'get-records': 'reader' });
    expect(found(report, 'get-records').remedy).toMatch(/A Deny in the identity-based policy wins/);
  });

  test.each([
    ['permissions boundary', 'boundary'],
    ['service control policy', 'serviceControl'],
  ] as const)("a %s is the reader's, and no statement helps", async (name, kind) => {
    const env = await open(LAMBDA);
    const role = lab.gate.identities.role(READER.arn);
    if (!role) throw new Error('no role');
    const narrow: PolicyDocument = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', NotAction: 'kinesis:ListShards', Resource: '*' }],
    };
    lab.gate.identities.setRole({
      ...role,
      ...(kind === 'boundary' ? { boundary: narrow } : { serviceControl: [[narrow]] }),
    });
    const report = await check(env);

    expect(broken(report)).toEqual({ 'list-shards': 'reader' });
    expect(found(report, 'list-shards')).toMatchObject({
      statements: [],
      remedy: expect.stringContaining(name),
    });
  });

  test('a session policy that is too narrow', async () => {
    const env = await open(LAMBDA);
    const { identities } = lab.gate;
    const role = identities.role(READER.arn);
    if (!role) throw new Error('no role');
    const session: PolicyDocument = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', NotAction: 'kinesis:ListShards', Resource: '*' }],
    };
    const given = identities.assume(role, 'narrow', { session: [session] });
    const report = await check({
      ...env,
      AWS_ACCESS_KEY_ID: given.accessKeyId,
      AWS_SECRET_ACCESS_KEY: given.secretAccessKey,
      AWS_SESSION_TOKEN: given.sessionToken ?? '',
    });

    expect(broken(report)).toEqual({ 'list-shards': 'reader' });
    expect(found(report, 'list-shards').remedy).toMatch(/session policy/);
  });
});

describe('credentials', () => {
  test.each([
    ['a key that does not exist', { AWS_ACCESS_KEY_ID: 'AKIAAAAAAAAAAAAAAAAA' }, /not valid/],
    ["another session's token", { AWS_SESSION_TOKEN: 'other' }, /not valid/],
    ['of the owner', { AWS_ACCESS_KEY_ID: '111111111111', AWS_SESSION_TOKEN: '' }, /account 111111111111/],
    [
      'of another account',
      { AWS_ACCESS_KEY_ID: '333333333333', AWS_SESSION_TOKEN: '' },
      /account 333333333333/,
    ],
  ])('%s: nothing else is tried', async (_what, change, message) => {
    const env = await open(LAMBDA);
    const report = await check({ ...env, ...change });

    expect(broken(report)).toEqual({ credentials: 'reader' });
    expect(found(report, 'credentials').message).toMatch(message);
    expect(report.checks.slice(1).map((one) => one.status)).toEqual(
      report.checks.slice(1).map(() => 'skipped'),
    );
  });

  test('that have expired', async () => {
    const env = await open(LAMBDA);
    const { identities } = lab.gate;
    const role = identities.role(READER.arn);
    if (!role) throw new Error('no role');
    const given = identities.assume(role, 'old', { seconds: -1 });
    const report = await check({
      ...env,
      AWS_ACCESS_KEY_ID: given.accessKeyId,
      AWS_SESSION_TOKEN: given.sessionToken ?? '',
    });

    expect(broken(report)).toEqual({ credentials: 'reader' });
    expect(found(report, 'credentials').message).toMatch(/expired/);
  });

  test('of another role than was meant', async () => {
    const env = await open(LAMBDA);
    const report = await check(env, { reader: parseReaderArn('arn:aws:iam::222222222222:role/another') });

    expect(broken(report)).toEqual({ credentials: 'reader' });
    expect(found(report, 'credentials').message).toContain(
      'the reader is arn:aws:iam::222222222222:role/another',
    );
  });
});

test('no check changes anything', async () => {
  const env = await open({ for: 'kcl', fanOut: true, encrypted: true });
  const before = await stateOf();
  await checkShare(share, env, 'kcl', 'orders-app');

  expect(await stateOf()).toEqual(before);
});

async function stateOf() {
  const { owner, reader, gate } = lab;
  const { ListTablesCommand } = await import('@aws-sdk/client-dynamodb');
  const { GetResourcePolicyCommand, ListStreamsCommand, ListStreamConsumersCommand } = await import(
    '@aws-sdk/client-kinesis'
  );
  const policyOf = async (arn: string) =>
    (await owner.kinesis.send(new GetResourcePolicyCommand({ ResourceARN: arn }))).Policy;
  const { StreamDescriptionSummary } = await owner.kinesis.send(
    new DescribeStreamSummaryCommand({ StreamARN: share.streamArn }),
  );
  return {
    tables: (await reader.dynamodb.send(new ListTablesCommand({}))).TableNames,
    streams: (await owner.kinesis.send(new ListStreamsCommand({}))).StreamNames,
    consumers: (await owner.kinesis.send(new ListStreamConsumersCommand({ StreamARN: share.streamArn })))
      .Consumers,
    policies: [await policyOf(share.streamArn), await policyOf(share.consumerArn ?? '')],
    summary: StreamDescriptionSummary,
    key: gate.keys.find(StreamDescriptionSummary?.KeyId ?? ''),
  };
}
