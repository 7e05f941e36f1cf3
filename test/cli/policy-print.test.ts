import { PARTS } from '../../src/cli/policy-options.js';
import { type PrintOptions, printPolicies } from '../../src/cli/policy-print.js';
import { ConfigurationError, PolicyError } from '../../src/errors/errors.js';
import { grantRead } from '../../src/policy/grants.js';
import { runCli } from '../integration/helpers/cli.js';
import { CONSUMER, KCL, KEY, LAMBDA, QUEUE, READER, STREAM } from '../policy/helpers/requests.js';

const ARGS = ['--stream-arn', STREAM.arn, '--reader', READER.arn];
const print = (options: Partial<PrintOptions> = {}) =>
  printPolicies({ for: 'kcl', streamArn: STREAM.arn, reader: READER.arn, output: 'json', ...options });
const all = { consumerArn: CONSUMER.arn, keyArn: KEY.arn, application: 'orders-app' };

describe('the conditions that are asked for', () => {
  const condition = [
    { name: 'expires', value: '2999-01-31T00:00:00Z' },
    { name: 'vpc-endpoint', value: 'vpce-0a1b2c3d4e5f67890' },
  ] as const;
  const args = condition.flatMap(({ name, value }) => ['--condition', `${name}=${value}`]);

  test.each(['text', 'json', 'cloudformation', 'commands'] as const)(
    'are in every form of the statements: %s',
    (output) => {
      const text = print({ ...all, output, condition: [...condition] });

      expect(text.match(/2999-01-31T00:00:00Z/g)).toHaveLength(3);
      // Not on the key.
      expect(text.match(/vpce-0a1b2c3d4e5f67890/g)).toHaveLength(2);
    },
  );

  test('are read from the command line, and what is wrong is said', async () => {
    const run = (...more: string[]) => runCli(['policy', 'print', ...ARGS, ...more], { env: {} });

    expect((await run('--output', 'json', ...args)).stdout).toContain('vpce-0a1b2c3d4e5f67890');
    expect(await run('--condition', 'expires=2999-01-31')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('needs a date and time with its time zone'),
    });
    expect(await run('--for', 'lambda', ...args)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("Lambda's pollers read the stream through no VPC endpoint"),
    });
  });
});

describe('JSON', () => {
  test('has the four parts, with the default application', () => {
    const application = 'cross-account-kcl-111111111111-orders';
    expect(JSON.parse(print({ consumerArn: CONSUMER.arn, keyArn: KEY.arn }))).toEqual(
      grantRead({ ...KCL, application, consumer: CONSUMER, key: KEY }),
    );
  });

  test('has no part for what is not given', () => {
    expect(Object.keys(JSON.parse(print()))).toEqual(['streamPolicy', 'readerPolicy']);
    expect(JSON.parse(print({ for: 'lambda' }))).toEqual(grantRead(LAMBDA));
  });

  test('takes the lease table and its region from the flags', () => {
    expect(print({ application: 'mine', leaseTableRegion: 'us-east-2' })).toContain(
      'arn:aws:dynamodb:us-east-2:222222222222:table/mine"',
    );
  });

  test('has the tables by their own names, and those of KCL 3.0 to 3.4 with their actions', () => {
    const statements = (options: Partial<PrintOptions>) => {
      const { Statement } = JSON.parse(
        print({ application: 'app', only: 'reader', ...options }),
      ).readerPolicy;
      return (Statement as { Sid: string; Action: string[]; Resource: string | string[] }[]).filter(
        ({ Sid }) => /Table/.test(Sid),
      );
    };
    const resources = (options: Partial<PrintOptions>) =>
      statements(options).map(({ Sid, Resource }) => [
        Sid,
        [Resource].flat().map((arn) => arn.replace(/^.*:table\//, '')),
      ]);
    const names = { leaseTable: 'leases', coordinatorStateTable: 'state' };
    expect(resources(names)).toEqual([
      ['LeaseTable', ['leases']],
      ['LeaseTableIndex', ['leases/index/LeaseOwnerToLeaseKeyIndex']],
      ['FormerTables', ['state', 'app-WorkerMetricStats']],
    ]);
    expect(resources({ ...names, threeTables: true })).toEqual([
      ['LeaseTable', ['leases']],
      ['LeaseTableIndex', ['leases/index/LeaseOwnerToLeaseKeyIndex']],
      ['CoordinatorStateTable', ['state']],
      ['WorkerMetricsTable', ['app-WorkerMetricStats']],
    ]);
    const [leaseTable] = statements({ leaseTableExists: true });
    expect(leaseTable?.Action.filter((action) => /Create|UpdateTable/.test(action))).toEqual([]);
  });

  test.each([
    { leaseTable: 'a b' },
    { coordinatorStateTable: '*' },
    { leaseTable: 'app', workerMetricsTable: 'app' },
  ])('refuses the tables %j', (tables) => {
    expect(() => print({ application: 'app', ...tables })).toThrow(PolicyError);
  });

  test.each([QUEUE.arn, 'https://sqs.eu-west-1.amazonaws.com/222222222222/orders-failed'])(
    'has the queue for records that fail, given as %s, for KCL and for Lambda',
    (failureQueue) => {
      const application = 'orders-app';
      expect(JSON.parse(print({ failureQueue, application }))).toEqual(
        grantRead({ ...KCL, failureQueue: QUEUE }),
      );
      expect(JSON.parse(print({ failureQueue, for: 'lambda' }))).toEqual(
        grantRead({ ...LAMBDA, failureQueue: QUEUE }),
      );
    },
  );

  test.each([
    ['stream', 'streamPolicy'],
    ['consumer', 'consumerPolicy'],
    ['key', 'keyPolicyStatement'],
    ['reader', 'readerPolicy'],
  ] as const)('has the part %s by itself', (part, name) => {
    const request = { ...KCL, consumer: CONSUMER, key: KEY };
    expect(JSON.parse(print({ ...all, only: part }))).toEqual({ [name]: grantRead(request)[name] });
  });
});

describe('text', () => {
  test('says for each policy whose it is and what it is of, and can be copied from', () => {
    const text = print({ ...all, output: 'text' });
    const { streamPolicy, keyPolicyStatement } = grantRead({ ...KCL, consumer: CONSUMER, key: KEY });

    expect(text.split('\n').filter((line) => line.startsWith('#'))).toEqual([
      `# Account 111111111111, the owner: add this statement to the policy of the stream ${STREAM.arn}`,
      `# Account 111111111111, the owner: add this statement to the policy of the consumer ${CONSUMER.arn}`,
      `# Account 111111111111: add this statement to the policy of the key ${KEY.arn}`,
      `# Account 222222222222, the reader: IAM policy of ${READER.arn}`,
      expect.stringMatching(
        /^# AWS replaces the whole policy: keep the statements that are in it, as cross-account-kcl policy apply/,
      ),
    ]);
    expect(text).toContain(JSON.stringify(streamPolicy.Statement[0], undefined, 2));
    // It would replace the policies of others, who have statements there.
    expect(text.slice(0, text.indexOf('the reader: IAM policy'))).not.toContain('"Version"');
    expect(text).toContain(JSON.stringify(keyPolicyStatement, undefined, 2));
  });

  test('a key of a third account is told of, with the command for its owner', () => {
    const hint =
      "# The key is account 333333333333's: with its credentials, cross-account-kcl policy apply --only key";
    const keyArn = KEY.arn.replace('111111111111', '333333333333');

    expect(print({ ...all, keyArn, output: 'text' })).toContain(hint);
    expect(print({ ...all, keyArn, output: 'text', only: 'reader' })).not.toContain('# The key');
    expect(print({ ...all, output: 'text' })).not.toContain('# The key');
  });

  test("the reader's by itself says nothing of the owner", () => {
    const text = print({ ...all, output: 'text', only: 'reader' });

    expect(text.split('\n').filter((line) => line.startsWith('#'))).toEqual([
      `# Account 222222222222, the reader: IAM policy of ${READER.arn}`,
    ]);
    expect(text).toMatch(/\}\n$/);
  });

  test('reminds of the key when none is given', () => {
    expect(print({ output: 'text' })).toContain('If the stream is encrypted, give its key with --key-arn.');
  });
});

test("text says that another account's queue needs its own policy", () => {
  const hint = `# The queue is account 333333333333's: its own policy must allow ${READER.arn} the same actions.`;

  expect(
    print({ output: 'text', failureQueue: QUEUE.arn.replace('222222222222', '333333333333') }),
  ).toContain(hint);
  expect(print({ output: 'text', failureQueue: QUEUE.arn })).not.toContain('# The queue');
});

test.each(PARTS)('the part %s can be had as commands', (only) => {
  const commands = print({ ...all, output: 'commands', only });
  expect(commands.match(/^aws \w+ (?:put|create)-[\w-]+/gm)).toHaveLength(1);
  expect(commands).not.toContain('undefined');
});

describe('is refused:', () => {
  test.each<[string, Partial<PrintOptions>, RegExp]>([
    [
      'a consumer ARN as the stream',
      { streamArn: CONSUMER.arn },
      /--stream-arn: .* it is the ARN of a consumer/,
    ],
    [
      'a stream ARN as the consumer',
      { consumerArn: STREAM.arn },
      /--consumer-arn: .* the resource is 'stream\/orders'/,
    ],
    [
      'an alias as the key',
      { keyArn: 'arn:aws:kms:eu-west-1:111111111111:alias/a' },
      /--key-arn: .* it is an alias/,
    ],
    ['a whole account as the reader', { reader: '222222222222' }, /--reader: .* it is a whole account/],
    [
      'a queue that is neither',
      { failureQueue: 'failed', keyArn: 'x' },
      /--key-arn: .*\n {2}--failure-queue: 'failed' can't be used: it is not a URL/,
    ],
    ['a part without its ARN', { only: 'consumer' }, /--consumer-arn: is missing; --only consumer needs it/],
    ['the part of the key without its ARN', { only: 'key' }, /--key-arn: is missing; --only key needs it/],
    [
      'a template for the key alone',
      { ...all, only: 'key', output: 'cloudformation' },
      /--only: key has no template/,
    ],
    ['an application for Lambda', { for: 'lambda', application: 'x' }, /--application: is for KCL/],
    [
      'a lease table for Lambda',
      { for: 'lambda', leaseTableRegion: 'x' },
      /--lease-table-region: is for KCL/,
    ],
  ])('%s', (_what, options, message) => {
    expect(() => print(options)).toThrow(ConfigurationError);
    expect(() => print(options)).toThrow(message);
  });

  test('all of it at once', () => {
    expect(() => print({ streamArn: 'a', reader: 'b', keyArn: 'c' })).toThrow(
      /--stream-arn: .*\n {2}--reader: .*\n {2}--key-arn: /,
    );
  });
});

describe('the command line', () => {
  test('prints with 0, and needs neither credentials nor AWS', async () => {
    expect(await runCli(['policy', 'print', ...ARGS, '-o', 'json'])).toEqual({
      status: 0,
      stdout: print(),
      stderr: '',
    });
  });

  test.each([
    [
      'bad ARNs',
      ['--stream-arn', 'a', '--reader', 'b'],
      /^cross-account-kcl: .*\n {2}--stream-arn: .*\n {2}--reader: /,
    ],
    [
      'an application of another form',
      [...ARGS, '--application', 'a*'],
      /^cross-account-kcl: the application 'a\*' is not/,
    ],
    ['nothing', [], /required option '--stream-arn <arn>' not specified/],
    ['an unknown kind', [...ARGS, '--for', 'spark'], /Allowed choices are kcl, lambda/],
    [
      'an unknown output',
      [...ARGS, '-o', 'yaml'],
      /Allowed choices are text, json, commands, cloudformation, terraform, cdk/,
    ],
  ])('ends with 2 on %s, without a stack', async (_what, args, message) => {
    const { status, stdout, stderr } = await runCli(['policy', 'print', ...args]);

    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('without a command shows them with examples and exit codes, and ends with 2', async () => {
    const { status, stderr } = await runCli(['policy']);

    expect(stderr).toMatch(/print .*\n.*diff .*\n.*apply .*\n.*remove .*/);
    expect(stderr).toContain('Exit codes:');
    expect(status).toBe(2);
  });
});
