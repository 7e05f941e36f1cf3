import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
  RegisterStreamConsumerCommand,
  ResourceNotFoundException,
  StartStreamEncryptionCommand,
} from '@aws-sdk/client-kinesis';
import { createStream, type Lab, registerConsumer, startLab } from '../../lab/lab.js';
import { parseConsumerArn, parseStreamArn } from '../../src/aws/arn.js';
import { parseKeyArn } from '../../src/aws/key-arn.js';
import { grantByOwner } from '../../src/policy/grants.js';
import { listOf, type PolicyDocument, type Statement } from '../../src/policy/types.js';
import { NO_SDK_NOTICE } from '../helpers/no-sdk-notice.js';
import { type KmsStub, startKmsStub } from '../policy/aws/helpers/kms-stub.js';
import { OTHER, READER } from '../policy/helpers/requests.js';
import { CLI, runCli } from './helpers/cli.js';

const KEY = 'arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const AWS_KEY = 'arn:aws:kms:us-east-1:111111111111:key/ffffabcd-12ab-34cd-56ef-1234567890ab';
const ROOT: Statement = {
  Sid: 'Enable IAM policies',
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111111111111:root' },
  Action: 'kms:*',
  Resource: '*',
};
/** Of others: what must be there at the end of every test. */
const THEIRS: Statement[] = [
  { Sid: 'Ünïcode 漢字', Effect: 'Allow', Principal: { AWS: '333333333333' }, Action: 'kinesis:PutRecord' },
  { Effect: 'Deny', NotPrincipal: { AWS: [READER.arn, 'x'] }, NotAction: 'kinesis:*', Resource: '*' },
];

let lab: Lab;
let kms: KmsStub;
let folder: string;
let streams = 0;
/** The stream of the test. */
let arn: string;
beforeAll(async () => {
  lab = await startLab();
  kms = await startKmsStub();
});
afterAll(async () => {
  await kms.stop();
  await lab.stop();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xak-policy-'));
  arn = await createStream(lab.owner, `shared-${++streams}`, 1);
  kms.keys = [
    { arn: KEY, policy: JSON.stringify({ Version: '2012-10-17', Statement: [ROOT] }, undefined, 2) },
  ];
  kms.calls.length = 0;
  kms.denied.clear();
  kms.before = () => {};
});
afterEach(() => rmSync(folder, { recursive: true }));

const env = () => ({
  ...lab.owner.env,
  KINESIS_ENDPOINT: lab.kinesisEndpoint,
  AWS_ENDPOINT_URL_KMS: kms.endpoint,
});
const policy = (...args: string[]) => runCli(['policy', ...args], { env: env(), cwd: folder });
const share = (command: string, ...args: string[]) =>
  policy(command, '--stream-arn', arn, '--reader', READER.arn, ...args);
const expected = (reader = READER) =>
  grantByOwner({ for: 'kcl', stream: parseStreamArn(arn), reader }).streamPolicy;

async function inForce(resource = arn): Promise<string | undefined> {
  try {
    return (await lab.owner.kinesis.send(new GetResourcePolicyCommand({ ResourceARN: resource }))).Policy;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function put(text: string, resource = arn): Promise<void> {
  await lab.owner.kinesis.send(new PutResourcePolicyCommand({ ResourceARN: resource, Policy: text }));
}

async function encrypt(KeyId: string): Promise<void> {
  const { kinesis } = lab.owner;
  await kinesis.send(new StartStreamEncryptionCommand({ StreamARN: arn, EncryptionType: 'KMS', KeyId }));
  for (let status = ''; status !== 'ACTIVE'; await sleep(50)) {
    const answer = await kinesis.send(new DescribeStreamSummaryCommand({ StreamARN: arn }));
    status = answer.StreamDescriptionSummary?.StreamStatus ?? '';
  }
}

describe('diff', () => {
  test('shows what apply would add, and writes nothing', async () => {
    const { status, stdout, stderr } = await share('diff');

    expect(stdout).toContain(`Policy of the stream ${arn} (`);
    expect(stdout).toContain(`  + ${expected().Statement[0]?.Sid}: Allow AWS: ${READER.arn}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(await inForce()).toBeUndefined();
  });

  test('as JSON has the statements and the new policy', async () => {
    await put(JSON.stringify({ Version: '2012-10-17', Statement: THEIRS }));

    const { stdout } = await share('diff', '--output', 'json');

    expect(JSON.parse(stdout)).toMatchObject({
      encryption: { kind: 'none', key: null },
      policies: [
        {
          target: 'stream',
          arn,
          changed: true,
          policy: { Statement: [...THEIRS, ...expected().Statement] },
          statements: [{ change: 'unchanged' }, { change: 'unchanged' }, { change: 'added' }],
          cautions: [{ code: 'whole-account', statement: 1, sid: 'Ünïcode 漢字' }],
        },
      ],
    });
  });
});

describe('apply', () => {
  test('makes a policy, tells how to take it away again, and changes nothing the second time', async () => {
    const first = await share('apply', '--yes');

    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toContain(
      `aws kinesis delete-resource-policy --region us-east-1 --resource-arn ${arn}`,
    );
    expect(first.stdout).toContain(`Written: the policy of the stream ${arn}`);
    expect(JSON.parse((await inForce()) ?? '')).toEqual(expected());
    const before = await inForce();

    const second = await share('apply', '--yes');

    expect(second.stdout).toContain('Nothing to change.');
    expect(second.status).toBe(0);
    expect(await inForce()).toBe(before);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("keeps everybody's statements, and saves the old policy to the letter with the command that restores it", async () => {
    const old = JSON.stringify({ Id: 'x', Statement: THEIRS }, undefined, 3);
    await put(old);

    const { stdout, status } = await share('apply', '--yes');

    expect(status).toBe(0);
    expect(JSON.parse((await inForce()) ?? '')).toEqual({
      Id: 'x',
      Statement: [...THEIRS, ...expected().Statement],
    });
    const [saved = ''] = readdirSync(folder);
    expect(readFileSync(join(folder, saved), 'utf8')).toBe(old);
    expect(statSync(join(folder, saved)).mode & 0o777).toBe(0o600);
    expect(stdout).toContain(`Saved what was there as ${join(folder, saved)}`);
    expect(stdout).toContain(
      `aws kinesis put-resource-policy --region us-east-1 --resource-arn ${arn} --policy file://${join(folder, saved)}`,
    );
  });

  test('two readers have their own statements, whoever was first', async () => {
    await share('apply', '--yes');
    await policy('apply', '--stream-arn', arn, '--reader', OTHER.arn, '--yes');

    expect(JSON.parse((await inForce()) ?? '').Statement).toEqual([
      ...expected().Statement,
      ...expected(OTHER).Statement,
    ]);
  });

  test('changes from KCL to Lambda in place', async () => {
    await share('apply', '--yes');

    const { stdout } = await share('apply', '--for', 'lambda', '--yes');

    expect(stdout).toMatch(/~ ReadStreamFor.*\n {6}Action:\n {8}\+ kinesis:DescribeStream\n/);
    const { Statement } = JSON.parse((await inForce()) ?? '') as PolicyDocument;
    expect(Statement.map(({ Action }) => Action)).toEqual([
      ['kinesis:DescribeStream', ...listOf(expected().Statement[0]?.Action)],
    ]);
  });

  test("keeps the owner's expiry, and brings back what was loosened; what --condition asks for wins", async () => {
    const [ours] = expected().Statement;
    const expiry = { DateLessThan: { 'aws:CurrentTime': '2999-01-31T00:00:00Z' } };
    await put(JSON.stringify({ Statement: { ...ours, Action: 'kinesis:GetRecords', Condition: expiry } }));

    const { stdout } = await share('apply', '--yes');

    expect(stdout).toContain(`! ${ours.Sid} keeps aws:CurrentTime DateLessThan 2999-01-31T00:00:00Z, beyond`);
    expect(JSON.parse((await inForce()) ?? '').Statement).toEqual([{ ...ours, Condition: expiry }]);
    expect((await share('apply', '--yes')).stdout).toContain('Nothing to change.');

    const asked = await share('apply', '--condition', 'expires=2999-12-31T00:00:00Z', '--yes');

    expect(asked.stdout).toMatch(
      /Condition:\n {8}- aws:CurrentTime DateLessThan 2999-01-31T00:00:00Z\n {8}\+ aws:CurrentTime DateLessThan 2999-12-31T00:00:00Z\n/,
    );
    expect((await inForce()) ?? '').not.toContain('2999-01-31');
    await share('remove', '--yes');
    expect(await inForce()).toBeUndefined();
  });

  test('shares the consumer too', async () => {
    const consumer = await registerConsumer(lab.owner, arn, 'reader');

    expect(await share('apply', '--consumer-arn', consumer, '--yes')).toMatchObject({
      status: 0,
      stderr: '',
    });

    const grants = grantByOwner({
      for: 'kcl',
      stream: parseStreamArn(arn),
      reader: READER,
      consumer: parseConsumerArn(consumer),
    });
    expect(JSON.parse((await inForce()) ?? '')).toEqual(grants.streamPolicy);
    expect(JSON.parse((await inForce(consumer)) ?? '')).toEqual(grants.consumerPolicy);
  });

  test('waits for a consumer that was registered a moment ago', async () => {
    const { Consumer } = await lab.owner.kinesis.send(
      new RegisterStreamConsumerCommand({ StreamARN: arn, ConsumerName: 'new' }),
    );
    const consumer = Consumer?.ConsumerARN ?? '';

    expect((await share('apply', '--consumer-arn', consumer, '--yes')).status).toBe(0);

    expect(JSON.parse((await inForce(consumer)) ?? '').Statement).toHaveLength(1);
  });

  test('with --dry-run shows the change and writes nothing, not even the saved policy', async () => {
    await put(JSON.stringify({ Statement: THEIRS }));

    const { stdout, status } = await share('apply', '--dry-run');

    expect(stdout).toMatch(/\n {2}\+ ReadStreamFor[\s\S]*Nothing was written \(--dry-run\)\.\n$/);
    expect(status).toBe(0);
    expect(JSON.parse((await inForce()) ?? '')).toEqual({ Statement: THEIRS });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('writes also when nobody reads what it prints', async () => {
    const command = `${process.execPath} ${CLI} policy apply --stream-arn ${arn} --reader ${READER.arn} --yes`;
    await promisify(execFile)('sh', ['-c', `(${command}; echo $? > status) | true`], {
      env: { PATH: process.env.PATH, ...NO_SDK_NOTICE, ...env() },
      cwd: folder,
    });

    expect(JSON.parse((await inForce()) ?? '{}')).toEqual(expected());
    expect(readFileSync(join(folder, 'status'), 'utf8')).toBe('0\n');
  });

  test('without --yes and without a terminal refuses', async () => {
    const { status, stderr } = await share('apply');

    expect(stderr).toMatch(
      /^cross-account-kcl: nothing was written: there is no terminal to confirm on\nGive --yes/,
    );
    expect(status).toBe(2);
    expect(await inForce()).toBeUndefined();
  });

  test.each([
    ['y', 0, true],
    ['n', 2, false],
  ])('on a terminal asks, and takes %s', async (answer, code, written) => {
    // `script` gives the command a terminal.
    const command = `${process.execPath} ${CLI} policy apply --stream-arn ${arn} --reader ${READER.arn}`;
    const run = promisify(execFile)('script', ['-qec', `stty -echo; ${command}`, '/dev/null'], {
      env: { PATH: process.env.PATH, ...NO_SDK_NOTICE, SHELL: '/bin/sh', ...env() },
      cwd: folder,
    });
    let shown = '';
    run.child.stdout?.on('data', (text: string) => {
      if (!shown.includes('[y/N]') && `${shown}${text}`.includes('[y/N]'))
        run.child.stdin?.write(`${answer}\n`);
      shown += text;
    });
    const status = await run.then(
      () => 0,
      (error: { code: number }) => error.code,
    );

    expect(shown).toContain('Write this policy? [y/N]');
    expect(status).toBe(code);
    expect((await inForce()) !== undefined).toBe(written);
  });

  test('into a folder that can not be written to refuses before anything is written', async () => {
    const old = JSON.stringify({ Statement: THEIRS });
    await put(old);

    const { status, stderr } = await share('apply', '--yes', '--backup-dir', join(folder, 'missing'));

    expect(stderr).toMatch(/can't be saved: ENOENT.*\nNothing was written to AWS/);
    expect(status).toBe(2);
    expect(await inForce()).toBe(old);
  });
});

describe('a policy in force that can not be used is refused, and stays', () => {
  const many = Array.from({ length: 300 }, (_, index) => ({ ...THEIRS[0], Sid: `S${index}` }));

  test.each([
    ['no JSON', 'not json', /can't be used: it is not JSON/],
    ['no object', '[]', /it is \[\], not an object/],
    [
      'an unknown version',
      '{"Version":"2030-01-01","Statement":[]}',
      /it has the Version "2030-01-01", not 2012-10-17/,
    ],
    ['no statement', '{"Version":"2012-10-17"}', /it has no Statement/],
    ['a name twice', '{"Statement":[],"Statement":[]}', /an object has 'Statement' twice/],
    [
      'too much in it',
      JSON.stringify({ Statement: many }),
      /would have \d+ bytes; AWS accepts at most 20480 for a stream/,
    ],
  ])('%s', async (_what, text, message) => {
    await put(text);

    const { status, stderr } = await share('apply', '--yes');

    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(2);
    expect(await inForce()).toBe(text);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a single statement in place of a list is taken', async () => {
    await put(JSON.stringify({ Statement: THEIRS[0] }));

    expect((await share('apply', '--yes')).status).toBe(0);
    expect(JSON.parse((await inForce()) ?? '').Statement).toEqual([THEIRS[0], ...expected().Statement]);
  });

  test('statements of one Sid are kept, and told of', async () => {
    await put(JSON.stringify({ Statement: [THEIRS[0], THEIRS[0]] }));

    const { stdout, status } = await share('apply', '--yes');

    expect(stdout).toContain('! Ünïcode 漢字 (statement 2) has a Sid that an earlier one has too');
    expect(status).toBe(0);
    expect(JSON.parse((await inForce()) ?? '').Statement).toHaveLength(3);
  });
});

describe('remove', () => {
  test('after apply leaves what was there before', async () => {
    await put(JSON.stringify({ Statement: THEIRS }));
    await share('apply', '--yes');

    expect(await share('remove', '--yes')).toMatchObject({ status: 0, stderr: '' });

    expect(JSON.parse((await inForce()) ?? '')).toEqual({ Statement: THEIRS });
  });

  test('takes out just this reader', async () => {
    await share('apply', '--yes');
    await policy('apply', '--stream-arn', arn, '--reader', OTHER.arn, '--yes');

    await share('remove', '--yes');

    expect(JSON.parse((await inForce()) ?? '')).toEqual(expected(OTHER));
  });

  test('deletes the policy when nothing is left of it, which is saved', async () => {
    await share('apply', '--yes');

    const { stdout } = await share('remove', '--yes');

    expect(stdout).toContain('no statement is left: it will be deleted');
    expect(stdout).toContain(`Deleted: the policy of the stream ${arn}`);
    expect(await inForce()).toBeUndefined();
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test('of a reader that is not there changes nothing', async () => {
    expect(await share('remove', '--yes')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Nothing to change.'),
    });
  });

  test('tells of what still names the reader', async () => {
    await put(JSON.stringify({ Statement: { ...THEIRS[0], Principal: { AWS: READER.arn } } }));

    const { stdout } = await share('remove', '--yes');

    expect(stdout).toContain(`! Ünïcode 漢字 still allows ${READER.arn} something`);
  });
});

describe('an encrypted stream', () => {
  const keyPolicy = () => JSON.parse(kms.keys[0]?.policy ?? '') as PolicyDocument;
  const keyStatement = () =>
    grantByOwner({ for: 'kcl', stream: parseStreamArn(arn), reader: READER, key: parseKeyArn(KEY) })
      .keyPolicyStatement;

  test.each([
    ['its ARN', KEY],
    ['its id', '1234abcd-12ab-34cd-56ef-1234567890ab'],
    ['an alias', 'alias/orders'],
  ])('whose key is known by %s: the key is shared too, once, and taken back', async (_what, name) => {
    const before = kms.keys[0]?.policy;
    Object.assign(kms.keys[0] ?? {}, { names: [name] });
    await encrypt(name);

    const first = await share('apply', '--yes');
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(keyPolicy()).toEqual({ Version: '2012-10-17', Statement: [ROOT, keyStatement()] });
    const saved = readdirSync(folder).find((file) => file.startsWith('policy-key-')) ?? '';
    expect(readFileSync(join(folder, saved), 'utf8')).toBe(before);
    expect(first.stdout).toContain(
      `aws kms put-key-policy --region us-east-1 --key-id ${KEY} --policy-name default --policy file://${join(folder, saved)}`,
    );

    expect((await share('apply', '--yes')).stdout).toContain('Nothing to change.');
    await share('remove', '--yes');
    expect(keyPolicy()).toEqual({ Version: '2012-10-17', Statement: [ROOT] });
    expect(await inForce()).toBeUndefined();
    expect(kms.calls.filter((call) => call === 'PutKeyPolicy')).toHaveLength(2);
  });

  test("whose key's policy has statements without effect: they stay as they are", async () => {
    const odd = [
      { Sid: '', Effect: 'Deny', Principal: '*', Action: 'kms:*' },
      { Effect: 'Allow', Principal: { AWS: OTHER.arn }, Resource: '*' },
    ];
    Object.assign(kms.keys[0] ?? {}, { policy: JSON.stringify({ Statement: [ROOT, ...odd] }) });
    await encrypt(KEY);

    const { status, stdout } = await share('apply', '--yes');

    expect(status).toBe(0);
    expect(stdout).toContain('! statement 2 has no Resource: KMS accepts it, and it has no effect');
    expect(stdout).toContain('! statement 3 has no Action: KMS accepts it, and it has no effect');
    expect(keyPolicy()).toEqual({ Statement: [ROOT, ...odd, keyStatement()] });
    await share('remove', '--yes');
    expect(keyPolicy()).toEqual({ Statement: [ROOT, ...odd] });
  });

  test.each([
    ['by its alias', 'alias/aws/kinesis', undefined],
    ['as KMS says', AWS_KEY, AWS_KEY],
  ])(
    'with the AWS managed key, known %s, is not shared: the steps are told, nothing is written',
    async (_what, keyId, name) => {
      if (name) kms.keys.push({ arn: name, policy: '', manager: 'AWS' });
      await encrypt(keyId);

      const { status, stderr } = await share('apply', '--yes');

      expect(status).toBe(2);
      expect(stderr).toMatch(
        /can't be shared: nothing was written\n.*AWS managed key.*:\n {2}1\. Create a key: aws kms create-key/,
      );
      expect(stderr).toContain(
        `cross-account-kcl policy apply --for kcl --stream-arn ${arn} --reader ${READER.arn} --key-arn '<ARN of the new key>'`,
      );
      expect(stderr).toContain(`aws kinesis start-stream-encryption --region us-east-1 --stream-arn ${arn} `);
      expect(stderr).toContain('Wait 24 hours');
      expect(await inForce()).toBeUndefined();
      expect((await share('diff')).stdout).toContain('1. Create a key: aws kms create-key');
      expect(JSON.parse((await share('diff', '-o', 'json')).stdout)).toMatchObject({
        encryption: { kind: 'aws-managed', key: keyId },
        steps: expect.arrayContaining([expect.stringContaining('create-key')]),
      });
    },
  );

  test('on its way from the AWS managed key is shared with the new one', async () => {
    await encrypt('alias/aws/kinesis');

    const { stdout, status } = await share('apply', '--key-arn', KEY, '--yes');

    expect(stdout).toContain(`! the stream ${arn} is encrypted with the AWS managed key, not with ${KEY}`);
    expect(status).toBe(0);
    expect(keyPolicy().Statement).toEqual([ROOT, keyStatement()]);
  });

  test("whose key belongs to a third account: the stream's part is written, and the key's owner writes the key's", async () => {
    const third = KEY.replace('111111111111', '333333333333');
    kms.keys = [{ arn: third, policy: JSON.stringify({ Statement: [ROOT] }) }];
    await encrypt(third);

    const { status, stdout } = await share('apply', '--yes');

    expect(status).toBe(0);
    expect(JSON.parse((await inForce()) ?? '')).toEqual(expected());
    const [, args = ''] = /^cross-account-kcl (policy apply .* --only key)$/m.exec(stdout) ?? [];
    const owner = { ...env(), AWS_ACCESS_KEY_ID: '333333333333', KINESIS_ENDPOINT: 'http://127.0.0.1:1' };
    const ofOwner = await runCli([...args.split(' '), '--yes'], { env: owner, cwd: folder });
    expect(ofOwner).toMatchObject({ status: 0, stderr: '' });
    expect(keyPolicy().Statement).toHaveLength(2);
  });

  test('whose key is disabled is told of', async () => {
    Object.assign(kms.keys[0] ?? {}, { state: 'Disabled' });
    await encrypt(KEY);

    expect((await share('diff')).stdout).toContain(
      `! the key ${KEY} is Disabled: nobody can read the stream with it`,
    );
  });

  test('whose key is gone: nothing is written, and what may be the reason is told', async () => {
    await encrypt(KEY);
    kms.keys = [];

    const { status, stderr } = await share('apply', '--yes');

    expect(stderr).toBe(
      `cross-account-kcl: the stream's key ${KEY} can't be described: there is no such key\nIt was deleted, or the credentials are not those of the stream's owner.\n`,
    );
    expect(status).toBe(3);
    expect(await inForce()).toBeUndefined();
  });

  test("whose key's policy names a role that was deleted: KMS refuses it, why is told, and nothing is written", async () => {
    await encrypt(KEY);
    const gone = { ...ROOT, Sid: 'Gone', Principal: { AWS: 'AROAEXAMPLE1234567890' } };
    const old = JSON.stringify({ Statement: [ROOT, gone] });
    if (kms.keys[0]) kms.keys[0].policy = old;

    const { status, stdout, stderr } = await share('apply', '--yes');

    expect(stdout).toContain('! Gone names AROAEXAMPLE1234567890, a role or user that was deleted');
    expect(stderr).toMatch(
      /can't be changed: MalformedPolicyDocumentException: .* invalid principals\.\nEvery principal in it must exist/,
    );
    expect(status).toBe(3);
    expect(kms.keys[0]?.policy).toBe(old);
    expect(await inForce()).toBeUndefined();
  });

  test("whose key's policy may not be changed: a reader is taken out of the stream's all the same", async () => {
    await encrypt(KEY);
    await share('apply', '--yes');
    kms.denied.add('PutKeyPolicy');

    const { status, stdout } = await share('remove', '--yes');

    expect(status).toBe(3);
    expect(stdout).toContain(`Deleted: the policy of the stream ${arn}`);
    expect(await inForce()).toBeUndefined();
  });

  test("whose key's policy may not be read: nothing is written, the stream's policy neither", async () => {
    await encrypt(KEY);
    kms.denied.add('GetKeyPolicy');

    const { status, stderr } = await share('apply', '--yes');

    expect(stderr).toMatch(
      /is not authorized to perform: kms:GetKeyPolicy .*\n.* must allow kms:GetKeyPolicy/,
    );
    expect(status).toBe(3);
    expect(await inForce()).toBeUndefined();
  });

  test("whose key's policy is changed by somebody else meanwhile: nothing is written", async () => {
    await encrypt(KEY);
    const theirs = JSON.stringify({ Statement: [ROOT, { ...ROOT, Sid: 'New' }] });
    let reads = 0;
    kms.before = (call) => {
      if (call === 'GetKeyPolicy' && ++reads === 2 && kms.keys[0]) kms.keys[0].policy = theirs;
    };

    const { status, stderr } = await share('apply', '--yes');

    expect(stderr).toMatch(
      /the policy of the key .* was changed by somebody else in the meantime\n.*Run the command again/,
    );
    expect(status).toBe(2);
    expect(kms.keys[0]?.policy).toBe(theirs);
    expect(await inForce()).toBeUndefined();
  });

  test("a key's policy too large is refused by its own limit", async () => {
    await encrypt(KEY);
    const large = JSON.stringify({ Statement: [ROOT, { ...ROOT, Sid: 'x'.repeat(32_400) }] });
    if (kms.keys[0]) kms.keys[0].policy = large;

    const { status, stderr } = await share('apply', '--yes');

    expect(stderr).toMatch(/AWS accepts at most 32768 for a key/);
    expect(status).toBe(2);
    expect(kms.keys[0]?.policy).toBe(large);
  });
});

describe('what AWS refuses ends with 3 and one message', () => {
  test('a stream that does not exist', async () => {
    const { status, stderr } = await policy(
      'apply',
      '--stream-arn',
      `${arn}-missing`,
      '--reader',
      READER.arn,
      '--yes',
    );

    expect(stderr).toMatch(
      /the stream .*-missing can't be described: there is no such stream\nCheck the ARN/,
    );
    expect(status).toBe(3);
  });

  test('a consumer that does not exist', async () => {
    const { status, stderr } = await share(
      'apply',
      '--consumer-arn',
      `${arn}/consumer/none:1700000000`,
      '--yes',
    );

    expect(stderr).toMatch(/the policy of the consumer .* can't be read: there is no such consumer/);
    expect(status).toBe(3);
    expect(await inForce()).toBeUndefined();
  });

  test('a consumer that was registered again: nothing is written, and how its new ARN is found', async () => {
    const old = await registerConsumer(lab.owner, arn, 'again');
    await lab.owner.kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN: old }));
    const gone = () => lab.owner.kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN: old }));
    await expect(until(gone)).resolves.toBeInstanceOf(ResourceNotFoundException);

    const { status, stderr } = await share('apply', '--consumer-arn', old, '--yes');

    expect(stderr).toMatch(/there is no such consumer\n.*registered again has another ARN/);
    expect(stderr).toContain(`aws kinesis list-stream-consumers --stream-arn ${arn} --region us-east-1`);
    expect(status).toBe(3);
    expect(await inForce()).toBeUndefined();
  });

  test('a Kinesis that is down', async () => {
    const { status, stderr } = await share('diff', '--kinesis-endpoint', 'http://127.0.0.1:1');

    expect(stderr).toContain("Kinesis can't be reached");
    expect(status).toBe(3);
  });
});

/** Calls until it fails, with that error: the emulator deletes by and by. */
async function until(call: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    const error = await call().then(
      () => undefined,
      (reason) => reason,
    );
    if (error !== undefined) return error;
    await sleep(50);
  }
}
