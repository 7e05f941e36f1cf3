import { packageVersion } from '../../src/jvm/package-version.js';
import { runCli } from '../integration/helpers/cli.js';

const ARN = 'arn:aws:kinesis:us-east-1:111111111111:stream/orders';
const READER = 'arn:aws:iam::222222222222:role/apps/orders-reader';
const KEY = 'arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const CONSUMER = `${ARN}/consumer/shared:1700000000`;

describe('bad usage ends with 2', () => {
  test.each([
    ['no stream', [], 'streamArn: is missing'],
    ['a malformed ARN', ['--stream-arn', 'orders'], "'orders' can't be used"],
    [
      'the ARN of another service',
      ['--stream-arn', 'arn:aws:sqs:us-east-1:111111111111:x'],
      "'sqs', not 'kinesis'",
    ],
    ['an unknown check', ['--stream-arn', ARN, '--only', 'dance'], 'Expected one of credentials, '],
    ['an unknown check to skip', ['--stream-arn', ARN, '--skip', 'decrypt', 'dance'], 'list-shards'],
    ['an unknown check to explain', ['--explain', 'dance'], 'Expected one of credentials, '],
    ['no time', ['--stream-arn', ARN, '--timeout', 'soon'], 'like 30s or 10m'],
    ['no time to wait', ['--stream-arn', ARN, '--wait', '0'], 'like 30s or 10m'],
    [
      'a session as reader',
      ['--stream-arn', ARN, '--reader', 'arn:aws:sts::222222222222:assumed-role/a/b'],
      'its role',
    ],
    [
      'a reader of another partition',
      ['--stream-arn', ARN, '--reader', READER.replace('aws', 'aws-cn')],
      'partition',
    ],
    ['a check that does not apply', ['--stream-arn', ARN, '--only', 'consumer'], 'nothing is left to check'],
    ['another output', ['--stream-arn', ARN, '-o', 'xml'], 'Allowed choices are text, json'],
    [
      'a role for the stream with Lambda',
      ['--stream-arn', ARN, '--for', 'lambda', '--stream-role-arn', READER],
      'streamRoleArn',
    ],
    [
      'jars with Lambda',
      ['--stream-arn', ARN, '--for', 'lambda', '--kcl-jars', 'lib'],
      '--kcl-jars: is for KCL',
    ],
  ])('%s', async (_, args, message) => {
    const { status, stdout, stderr } = await runCli(['preflight', ...args]);

    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});

test('--help lists the options of start, its own, and the exit codes', async () => {
  const { status, stdout } = await runCli(['preflight', '--help']);

  expect(stdout).toMatch(/--stream-arn <value> .*STREAM_ARN/s);
  expect(stdout).toMatch(/--wait <time>.*Exit codes:/s);
  expect(status).toBe(0);
});

describe('request', () => {
  const request = (...args: string[]) =>
    runCli(['preflight', 'request', '--stream-arn', ARN, ...args], {
      env: { AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' },
    });

  test('needs no credentials if the reader is given', async () => {
    const { status, stdout, stderr } = await request('--reader', READER);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^To account 111111111111, which owns the stream .*\n\nAccount 222222222222 asks /,
    );
    expect(stdout).toContain(`  ${READER}\n`);
    expect(stdout).toContain(
      `  cross-account-kcl policy apply --for kcl --stream-arn ${ARN} --reader ${READER}\n`,
    );
    expect(stdout).toContain(
      `  cross-account-kcl preflight --for kcl --stream-arn ${ARN} --reader ${READER} --only get-records decrypt --wait 10m\n`,
    );
  });

  test("has the owner's policies, those of consumer and key too", async () => {
    const print = await runCli([
      ...['policy', 'print', '--stream-arn', ARN, '--reader', READER],
      ...['--consumer-arn', CONSUMER, '--key-arn', KEY, '-o', 'json'],
    ]);
    const { streamPolicy, consumerPolicy, keyPolicyStatement } = JSON.parse(print.stdout);

    const { stdout } = await request('--reader', READER, '--consumer-arn', CONSUMER, '--key-arn', KEY);

    const statements = [streamPolicy.Statement[0], consumerPolicy.Statement[0], keyPolicyStatement];
    for (const statement of statements) {
      expect(stdout).toContain(`<<'END'\n${JSON.stringify(statement, undefined, 2)}\nEND\n`);
    }
    // Everything that is asked for stands before what is to be done.
    const asked = stdout.slice(0, stdout.indexOf('HOW TO ALLOW IT'));
    for (const action of statements.flatMap(({ Action }) => Action)) {
      expect(asked).toMatch(RegExp(`^ +${action} +\\w`, 'm'));
    }
    // A policy by itself would replace those of others.
    expect(stdout).not.toContain(JSON.stringify(streamPolicy, undefined, 2));
    expect(stdout).toContain(`--consumer-arn ${CONSUMER} --key-arn ${KEY}\n`);
    expect(stdout).toContain(' --only get-records decrypt consumer subscribe --wait 10m\n');
  });

  test.each([
    ['KCL', []],
    ['a consumer', ['--consumer-arn', CONSUMER]],
    ['Lambda', ['--for', 'lambda']],
  ])('for %s says what an owner must know who knows AWS alone', async (_what, args) => {
    const { stdout } = await request('--reader', READER, ...args);
    const last = args.includes(CONSUMER) ? 3 : 2;

    expect(stdout).toContain('The role must exist first');
    expect(stdout).toContain('PutResourcePolicy and PutKeyPolicy REPLACE the policy in force');
    expect(stdout).toContain(`cross-account-kcl ${packageVersion()} (open source, Apache-2.0`);
    expect(stdout).toMatch(/HOW TO REVOKE IT[\s\S]*delete-resource-policy[\s\S]*policy remove --for/);
    for (const words of ['confused deputy', 'Expiry', 'DateLessThan', 'CloudTrail', 'data events', 'Cost']) {
      expect(stdout).toContain(words);
    }
    // It costs no second round if the stream turns out to be encrypted.
    expect(stdout).toMatch(
      /is unknown to the sender:\n {2}the stream .* can't be described: there are no AWS credentials/,
    );
    expect(stdout).toContain(`${last}. If the stream is encrypted, on its key:\n`);
    expect(stdout.match(/^\d\. .*$/gm)).toHaveLength(last);
  });

  test('for Lambda asks for what Lambda calls', async () => {
    const { stdout } = await request('--reader', READER, '--for', 'lambda');

    expect(stdout).toContain('by a Lambda function, as this role');
    expect(stdout).toMatch(/^ +kinesis:DescribeStream +\w/m);
    expect(stdout).toContain(` --reader ${READER} --wait 10m\n`);
  });

  test('asks for the conditions that are wanted, in the statement and in the command', async () => {
    const { stdout } = await request('--reader', READER, '--condition', 'expires=2999-01-31T00:00:00Z');

    expect(stdout).toContain('"aws:CurrentTime": "2999-01-31T00:00:00Z"');
    expect(stdout).toMatch(/policy apply .* --condition expires=2999-01-31T00:00:00Z\n/);
  });

  test('several streams have a message each', async () => {
    const set = [1, 2].flatMap((n) => ['--set', `streams.${n}.streamArn=${ARN}${n}`]);
    const { status, stdout } = await runCli([
      ...['preflight', 'request', '--reader', READER, '--application-name', 'app', ...set],
    ]);

    expect(status).toBe(0);
    expect(stdout.split('\n---\n').map((text) => /stream\/\w+/.exec(text)?.[0])).toEqual([
      'stream/orders1',
      'stream/orders2',
    ]);
  });

  test('the role for the stream alone is the reader', async () => {
    const { stdout } = await request('--stream-role-arn', READER);

    expect(stdout).toContain(`  ${READER}\n`);
    // The credentials that assume it are others'.
    expect(stdout).toContain(` preflight --for kcl --stream-arn ${ARN} --stream-role-arn ${READER} --only `);
  });

  test('without a reader and without credentials it ends with 3', async () => {
    const { status, stderr } = await runCli(['preflight', 'request', '--stream-arn', ARN], {
      env: { AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' },
    });

    expect(stderr).toContain('the reader is unknown: there are no AWS credentials');
    expect(status).toBe(3);
  });
});
