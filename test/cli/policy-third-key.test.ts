import { readdirSync } from 'node:fs';
import { parseKeyArn } from '../../src/aws/key-arn.js';
import { grantByOwner } from '../../src/policy/grants.js';
import { CONSUMER, KCL, KEY, READER, STREAM } from '../policy/helpers/requests.js';
import { folder, kinesis, kms, usePolicyStubs } from './helpers/policy-stubs.js';
import { runHere } from './helpers/run-here.js';

/** Of an account that owns neither the stream nor the reader. */
const THIRD = parseKeyArn(KEY.arn.replace('111111111111', '333333333333'));
const ALIAS = 'arn:aws:kms:eu-west-1:333333333333:alias/orders';
const ROOT = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::333333333333:root' },
  Action: 'kms:*',
  Resource: '*',
};
const DENIED = [/User: x is not authorized/, /must allow kms:/];

usePolicyStubs(THIRD.arn, JSON.stringify({ Statement: [ROOT] }), [ALIAS]);

const share = (command: string, ...args: string[]) =>
  runHere(['policy', command, '--stream-arn', STREAM.arn, '--reader', READER.arn, ...args]);
const write = (command: string, ...args: string[]) =>
  share(command, '--yes', '--backup-dir', folder, ...args);
const policyOf = (arn = STREAM.arn) => JSON.parse(kinesis.resources.get(arn)?.policy ?? 'null');
const grants = (key = THIRD) => grantByOwner({ ...KCL, consumer: CONSUMER, key });
const asKeyOwner = () => {
  process.env.AWS_ACCESS_KEY_ID = '333333333333';
};

describe('where the key belongs to a third account', () => {
  test.each([
    ['by its ARN, which it may not describe', THIRD.arn, false],
    ['by its ARN, which it may describe', THIRD.arn, true],
    ['by an alias, which it may describe', ALIAS, true],
    ['by an alias, which it may not describe', ALIAS, false],
  ])(
    "the stream's owner writes its own part, and has the key's for its owner: %s",
    async (_what, keyId, described) => {
      kinesis.keyId = keyId;
      Object.assign(kms.keys[0] ?? {}, { described });

      const { status, stdout, stderr } = await write('apply', '--consumer-arn', CONSUMER.arn);

      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(policyOf()).toEqual(grants().streamPolicy);
      expect(policyOf(CONSUMER.arn)).toEqual(grants().consumerPolicy);
      expect(stdout).toContain('account 333333333333');
      expect(stdout).toContain(JSON.stringify(grants().keyPolicyStatement, undefined, 2));
      const named = keyId === ALIAS && !described ? `'<ARN of the key of ${ALIAS}>'` : THIRD.arn;
      expect(stdout).toContain(`--key-arn ${named} --only key`);
      expect(stdout).toContain('aws kms put-key-policy');
      for (const text of DENIED) expect(stdout).not.toMatch(text);
      expect(kms.calls.filter((call) => call !== 'DescribeKey')).toEqual([]);
    },
  );

  test('also where the stream is on its way to it', async () => {
    kinesis.keyId = KEY.arn;
    kms.keys.push({ arn: KEY.arn, policy: '{}' });

    const { status, stdout } = await write('apply', '--key-arn', THIRD.arn);

    expect(status).toBe(0);
    expect(stdout).toContain(
      `! the stream ${STREAM.arn} is encrypted with ${KEY.arn}, not with ${THIRD.arn}`,
    );
    expect(stdout).toContain(`--key-arn ${THIRD.arn} --only key`);
    expect(policyOf()).toEqual(grants().streamPolicy);
  });

  test('--strict ends with 4, since nobody has looked at it', async () => {
    expect((await share('diff', '--strict')).status).toBe(4);
    expect((await write('apply', '--strict')).status).toBe(4);
    expect((await write('apply', '--strict', '--only', 'stream')).status).toBe(0);

    const { status, stdout } = await write('remove', '--strict');

    expect(status).toBe(4);
    expect(stdout).toMatch(/^! the policy of the key .* was not read/m);
    expect(stdout).toContain("--argjson new '[]'");
    expect(stdout).toContain('aws kms put-key-policy');
  });

  test('diff shows it, and as JSON has it beside the policies', async () => {
    const { status, stdout } = await share('diff');
    expect(status).toBe(0);
    expect(stdout).toContain(`Policy of the stream ${STREAM.arn} (`);
    expect(stdout).toContain(`--key-arn ${THIRD.arn} --only key`);

    expect(JSON.parse((await share('diff', '-o', 'json')).stdout)).toMatchObject({
      encryption: { kind: 'customer-managed', key: THIRD.arn },
      policies: [{ target: 'stream' }],
      elsewhere: [
        {
          target: 'key',
          arn: THIRD.arn,
          account: '333333333333',
          statement: grants().keyPolicyStatement,
          command: expect.stringMatching(/^cross-account-kcl policy apply .* --only key$/),
        },
      ],
    });
  });

  test('what is wrong with the key in that account is said, and stops nothing', async () => {
    Object.assign(kms.keys[0] ?? {}, { described: true, state: 'Disabled' });
    expect((await share('diff')).stdout).toContain(`! the key ${THIRD.arn} is Disabled`);

    kms.keys = [];
    kms.keys.push({ arn: KEY.arn, policy: '' });
    const { status, stdout } = await write('apply');
    expect(status).toBe(0);
    expect(stdout).toContain(`--key-arn ${THIRD.arn} --only key`);
  });

  test("the key's owner writes the key's part, with no call of Kinesis", async () => {
    asKeyOwner();

    const { status, stderr } = await write('apply', '--key-arn', THIRD.arn, '--only', 'key');

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(kinesis.calls).toEqual([]);
    expect(kms.calls).not.toContain('DescribeKey');
    expect(JSON.parse(kms.keys[0]?.policy ?? '')).toEqual({ Statement: [ROOT, grants().keyPolicyStatement] });

    expect((await share('diff', '--key-arn', THIRD.arn, '--only', 'key')).stdout).not.toContain('  + ');
    expect((await write('remove', '--key-arn', THIRD.arn, '--only', 'key')).status).toBe(0);
    expect(JSON.parse(kms.keys[0]?.policy ?? '')).toEqual({ Statement: [ROOT] });
  });

  test("remove takes the reader out of the stream, and has the key's part for its owner", async () => {
    await write('apply', '--consumer-arn', CONSUMER.arn);

    const { status, stdout, stderr } = await write('remove', '--consumer-arn', CONSUMER.arn);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect([policyOf(), policyOf(CONSUMER.arn)]).toEqual([null, null]);
    expect(stdout).toMatch(/account 333333333333[\s\S]*cross-account-kcl policy remove .* --only key\n/);
  });
});

describe('remove, where a part of the owner itself can not be done', () => {
  beforeEach(async () => {
    kinesis.keyId = KEY.arn;
    kms.keys = [{ arn: KEY.arn, policy: JSON.stringify({ Statement: [ROOT] }) }];
    await write('apply');
    kinesis.calls.length = 0;
  });

  test.each(['DescribeKey', 'GetKeyPolicy'])(
    '%s is denied: the stream is done, and the rest is said',
    async (call) => {
      kms.denied.add(call);

      const { status, stdout, stderr } = await write('remove');

      expect(policyOf()).toBeNull();
      expect(stdout).toContain(`Deleted: the policy of the stream ${STREAM.arn}`);
      expect(stdout).toMatch(
        /^Not done: .* key arn.*\n.*\n {2}cross-account-kcl policy remove .* --only key$/m,
      );
      expect(stderr).toContain(`is not authorized to perform: kms:${call}`);
      expect(status).toBe(3);
    },
  );

  test('the key was deleted: its policy went with it', async () => {
    kms.keys = [];

    const { status, stdout, stderr } = await write('remove');

    expect(policyOf()).toBeNull();
    expect(stdout).toContain(`! the stream's key ${KEY.arn} does not exist any more, nor does its policy`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('a key that was named and is not there is a mistake, after the stream is done', async () => {
    kms.keys = [];

    const { status, stderr } = await write('remove', '--key-arn', KEY.arn);

    expect(policyOf()).toBeNull();
    expect(stderr).toContain(`the policy of the key ${KEY.arn} can't be read: there is no such key`);
    expect(status).toBe(3);
  });

  test('the consumer was deregistered: its policy went with it', async () => {
    const missing = `${STREAM.arn}/consumer/gone:1600000000`;

    const { status, stdout } = await write('remove', '--consumer-arn', missing);

    expect(policyOf()).toBeNull();
    expect(JSON.parse(kms.keys[0]?.policy ?? '')).toEqual({ Statement: [ROOT] });
    expect(stdout).toContain(`! the consumer ${missing} does not exist any more, nor does its policy`);
    expect(status).toBe(0);
  });
});

describe('--only', () => {
  test('stream asks KMS for nothing', async () => {
    const { status } = await write('apply', '--only', 'stream', '--consumer-arn', CONSUMER.arn);

    expect(status).toBe(0);
    expect(policyOf()).toEqual(grants().streamPolicy);
    expect(policyOf(CONSUMER.arn)).toBeNull();
    expect(kms.calls).toEqual([]);
  });

  test('consumer leaves the stream alone', async () => {
    expect((await write('apply', '--only', 'consumer', '--consumer-arn', CONSUMER.arn)).status).toBe(0);

    expect([policyOf(), policyOf(CONSUMER.arn)]).toEqual([null, grants().consumerPolicy]);
    expect(kms.calls).toEqual([]);
  });

  test("key finds the stream's own", async () => {
    kinesis.keyId = KEY.arn;
    kms.keys = [{ arn: KEY.arn, policy: JSON.stringify({ Statement: [ROOT] }) }];

    expect((await write('apply', '--only', 'key')).status).toBe(0);

    expect(policyOf()).toBeNull();
    expect(JSON.parse(kms.keys[0]?.policy ?? '').Statement).toHaveLength(2);
  });

  test.each([
    [
      'consumer without its ARN',
      ['--only', 'consumer'],
      THIRD.arn,
      /--consumer-arn: is missing; --only consumer needs it/,
    ],
    [
      'key of a stream without one',
      ['--only', 'key'],
      undefined,
      /is not encrypted: it has no key[\s\S]*--key-arn/,
    ],
    ['key of AWS', ['--only', 'key'], 'alias/aws/kinesis', /can't be shared/],
    ['what there is not', ['--only', 'reader'], THIRD.arn, /Allowed choices are stream, consumer, key/],
  ])('is refused: %s', async (_what, args, keyId, message) => {
    kinesis.keyId = keyId;

    const { status, stderr } = await write('apply', ...args);

    expect(stderr).toMatch(message);
    expect(status).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('key of a third account by an alias that can not be described asks for its ARN', async () => {
    kinesis.keyId = ALIAS;
    kms.denied.add('DescribeKey');

    const { status, stderr } = await write('apply', '--only', 'key');

    expect(stderr).toContain('--key-arn');
    expect(status).toBe(3);
  });
});
