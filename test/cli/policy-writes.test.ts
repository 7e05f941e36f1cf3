import { readdirSync } from 'node:fs';
import { grantByOwner } from '../../src/policy/grants.js';
import { CONSUMER, KCL, KEY, READER, STREAM } from '../policy/helpers/requests.js';
import { folder, kinesis, kms, usePolicyStubs } from './helpers/policy-stubs.js';
import { runHere } from './helpers/run-here.js';

const ROOT = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111111111111:root' },
  Action: 'kms:*',
  Resource: '*',
};
const KEY_POLICY = JSON.stringify({ Statement: [ROOT] });
const grants = grantByOwner({ ...KCL, consumer: CONSUMER, key: KEY });

usePolicyStubs(KEY.arn, KEY_POLICY);

const share = (command: string, ...args: string[]) =>
  runHere([
    ...['policy', command, '--stream-arn', STREAM.arn, '--consumer-arn', CONSUMER.arn],
    ...['--reader', READER.arn, ...args],
  ]);
const write = (command: string, ...args: string[]) =>
  share(command, '--yes', '--backup-dir', folder, ...args);
const be = (arn: string, ...statuses: string[]) =>
  Object.assign(kinesis.resources.get(arn) ?? {}, { statuses });
const inForce = () => ({
  stream: JSON.parse(kinesis.resources.get(STREAM.arn)?.policy ?? 'null'),
  consumer: JSON.parse(kinesis.resources.get(CONSUMER.arn)?.policy ?? 'null'),
  key: kms.keys[0]?.policy,
});
const NOTHING = { stream: null, consumer: null, key: KEY_POLICY };

test('a consumer that is being created is waited for before anything is written', async () => {
  be(CONSUMER.arn, 'CREATING', 'ACTIVE');

  const { status, stderr } = await write('apply');

  expect(stderr).toBe(
    `waiting: the consumer ${CONSUMER.arn} is CREATING, and accepts a policy only when it is ACTIVE\n`,
  );
  expect(status).toBe(0);
  expect(inForce()).toMatchObject({ stream: grants.streamPolicy, consumer: grants.consumerPolicy });
  const calls = [...kinesis.calls, ...kms.calls];
  expect(kms.calls.at(-1)).toBe('PutKeyPolicy');
  expect(calls.filter((call) => call === 'DescribeStreamConsumer consumer')).toHaveLength(2);
});

test.each([
  ['consumer', CONSUMER.arn],
  ['stream', STREAM.arn],
])('a %s that is being deleted is refused before anything is written', async (what, arn) => {
  be(arn, 'DELETING');

  const { status, stderr } = await write('apply');

  expect(stderr).toContain(
    `the ${what} ${arn} is being deleted, and its policy with it: nothing was written`,
  );
  expect(status).toBe(2);
  expect(inForce()).toEqual(NOTHING);
  expect(readdirSync(folder)).toEqual([]);
});

test('remove: what is being deleted takes its policy with it, and keeps the reader in nothing else', async () => {
  await write('apply');
  be(CONSUMER.arn, 'DELETING');

  const { status, stdout, stderr } = await write('remove');

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(
    `Not needed: the policy of the consumer ${CONSUMER.arn}, which is being deleted\n`,
  );
  expect(inForce()).toMatchObject({ stream: null, key: KEY_POLICY });
});

test('diff shows what can be read, and ends with 3 where a part can not', async () => {
  kms.denied.add('GetKeyPolicy');

  const { status, stdout, stderr } = await share('diff');

  expect(stdout).toContain(`Policy of the stream ${STREAM.arn}`);
  expect(stderr).toContain('must allow kms:GetKeyPolicy');
  expect(status).toBe(3);
});

test('diff and --dry-run wait for nothing', async () => {
  be(CONSUMER.arn, 'CREATING');

  expect(await share('diff')).toMatchObject({ status: 0, stderr: '' });
  expect(await share('apply', '--dry-run')).toMatchObject({ status: 0, stderr: '' });
});

test('a write that AWS refuses: what is written and what is not is said, with the command that continues', async () => {
  kinesis.denied.add('PutResourcePolicy');

  const { status, stdout, stderr } = await write('apply');

  expect(stdout).toMatch(
    new RegExp(
      [
        `^Written: the policy of the key ${KEY.arn}`,
        `Not written: the policy of the consumer ${CONSUMER.arn}`,
        `Not written: the policy of the stream ${STREAM.arn}`,
        'To continue, run again:',
        ` {2}cross-account-kcl policy apply --for kcl --stream-arn ${STREAM.arn} --reader ${READER.arn} --consumer-arn ${CONSUMER.arn}\n$`,
      ].join('\n'),
      'm',
    ),
  );
  expect(stderr).toContain('must allow kinesis:PutResourcePolicy on it');
  expect(status).toBe(3);

  kinesis.denied.clear();
  const again = await write('apply');

  expect(again.stdout).not.toContain('Written: the policy of the key');
  expect(inForce()).toMatchObject({ stream: grants.streamPolicy, consumer: grants.consumerPolicy });
});

test('remove reads each policy for the plan and right before its write, and no more', async () => {
  await write('apply');
  const before = { kinesis: kinesis.calls.length, kms: kms.calls.length };

  await write('remove');

  const calls = [...kinesis.calls.slice(before.kinesis), ...kms.calls.slice(before.kms)];
  for (const read of ['GetResourcePolicy stream', 'GetResourcePolicy consumer', 'GetKeyPolicy']) {
    expect({ read, calls: calls.filter((call) => call === read).length }).toEqual({ read, calls: 2 });
  }
});

test('remove: what AWS refuses of one policy keeps the reader in no other one', async () => {
  await write('apply');
  kinesis.denied.add('DeleteResourcePolicy');

  const { status, stdout } = await write('remove');

  expect(status).toBe(3);
  for (const [what, arn] of [
    ['stream', STREAM.arn],
    ['consumer', CONSUMER.arn],
  ]) {
    expect(stdout).toContain(`Not done: the policy of the ${what} ${arn} can't be changed`);
  }
  expect(inForce()).toMatchObject({ key: KEY_POLICY });
});

test('remove: where the status of the consumer is unknown, its policy is deleted all the same', async () => {
  await write('apply');
  kinesis.denied.add('DescribeStreamConsumer');

  const { status, stderr } = await write('remove');

  expect(status).toBe(0);
  expect(stderr).toContain('the status of the consumer is unknown');
  expect(inForce()).toEqual(NOTHING);
});

test('remove: where the encryption is unknown, stream and consumer are done, and the given key', async () => {
  await write('apply');
  kinesis.denied.add('DescribeStreamSummary');

  const { status, stdout } = await write('remove');

  expect(status).toBe(3);
  expect(stdout).toMatch(/^Not done: the stream .* can't be described.*\n.*\n.* --only key$/m);
  expect(inForce()).toMatchObject({ stream: null, consumer: null });
  kinesis.resources.set(STREAM.arn, { statuses: ['ACTIVE'], policy: JSON.stringify(grants.streamPolicy) });
  expect((await write('remove', '--key-arn', KEY.arn, '--only', 'key')).status).toBe(0);
  expect(inForce()).toMatchObject({ key: KEY_POLICY });
});

test('--strict: a key that nobody can use', async () => {
  Object.assign(kms.keys[0] ?? {}, { state: 'PendingDeletion' });

  const { status, stdout } = await share('diff', '--strict');

  expect(stdout).toContain(`! the key ${KEY.arn} is PendingDeletion`);
  expect(status).toBe(4);
});

test('--strict: another statement lets the reader read without the condition', async () => {
  const { Sid: _sid, ...theirs } = grants.streamPolicy.Statement[0];
  kinesis.keyId = undefined;
  kinesis.resources.set(STREAM.arn, {
    statuses: ['ACTIVE'],
    policy: JSON.stringify({ Statement: [theirs] }),
  });

  expect((await share('diff', '--strict')).status).toBe(0);
  const { status, stdout } = await share('diff', '--strict', '--condition', 'expires=2099-01-01T00:00:00Z');

  expect(stdout).toContain('without what --condition asks for');
  expect(status).toBe(4);
});

test('remove: the command that continues removes', async () => {
  await write('apply');
  kms.denied.add('PutKeyPolicy');

  const { status, stdout } = await write('remove');

  expect(status).toBe(3);
  expect(stdout).toMatch(/Not done: the policy of the key .*\n.*\n {2}cross-account-kcl policy remove /);
  expect(inForce()).toMatchObject({ stream: null, consumer: null });
});

describe('diff --exit-code', () => {
  test('ends with 1 where apply would change something, and with 0 after it did', async () => {
    expect((await share('diff', '--exit-code')).status).toBe(1);
    expect((await share('diff')).status).toBe(0);

    await write('apply');

    expect((await share('diff', '--exit-code', '-o', 'json')).status).toBe(0);
    expect((await share('diff', '--exit-code', '--for', 'lambda')).status).toBe(1);
  });

  test('of one part looks at that one', async () => {
    await write('apply', '--only', 'stream');

    expect((await share('diff', '--exit-code', '--only', 'stream')).status).toBe(0);
    expect((await share('diff', '--exit-code')).status).toBe(1);
  });

  test('ends with 1 with the AWS managed key, whose stream apply refuses to share', async () => {
    await write('apply');
    kinesis.keyId = 'alias/aws/kinesis';

    expect((await share('diff', '--exit-code')).status).toBe(1);
  });

  test('ends with 3 where AWS refuses to say', async () => {
    kinesis.denied.add('GetResourcePolicy');

    expect((await share('diff', '--exit-code')).status).toBe(3);
  });
});
