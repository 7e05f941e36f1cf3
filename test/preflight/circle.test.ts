import { type Lab, startLab } from '../../lab/lab.js';
import { parseStreamArn } from '../../src/aws/arn.js';
import { parseKeyArn } from '../../src/aws/key-arn.js';
import { parseReaderArn } from '../../src/aws/reader-arn.js';
import { grantRead } from '../../src/policy/grants.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';
import { READER, Share, type Way } from '../matrix/helpers/share.js';
import { broken, checkShare, found } from './helpers/check-share.js';

/** Every statement that is printed is in force, and something denies all the same: no statement helps then. */
let lab: Lab;
let share: Share;
/** Of each way one, whose policies each test puts in force anew. */
const shares = new Map<Way, Share>();
const ENCRYPTED: Way = { for: 'lambda', encrypted: true };
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

async function open(way = ENCRYPTED): Promise<Record<string, string>> {
  share = shares.get(way) ?? (await Share.openIn(lab, `circle-${shares.size}`, way));
  shares.set(way, share);
  return share.putInForce(share.grants(''));
}

const check = (env: Record<string, string>, ...more: unknown[]) =>
  checkShare(share, env, 'lambda', '', { only: ONLY }, ...(more as []));

/** With what they need. */
const ONLY = ['get-records', 'encryption', 'key-state', 'decrypt'] as const;
const DENY = { Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' } as const;
const ALL: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };
const documentOf = (...Statement: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement });

function keyOf(): { arn: string; policy: string } {
  const named = share.grants('').readerPolicy.Statement.map(({ Resource }) => String(Resource));
  const key = lab.gate.keys.find(named.find((arn) => arn.includes(':kms:')) ?? '');
  if (!key) throw new Error('no key');
  return key;
}

function addToKey(statement: Statement): object {
  const key = keyOf();
  const policy = JSON.parse(key.policy) as PolicyDocument;
  key.policy = JSON.stringify({ ...policy, Statement: [...policy.Statement, statement] });
  return {};
}

function limit(limits: object): object {
  const role = lab.gate.identities.role(READER.arn);
  if (!role) throw new Error('no role');
  lab.gate.identities.setRole({ ...role, ...limits });
  return {};
}

function addToRole(statement: Statement): object {
  const role = lab.gate.identities.role(READER.arn);
  if (role) role.policies = [...role.policies, documentOf(statement)];
  return {};
}

function assume(session: PolicyDocument): Record<string, string> {
  const role = lab.gate.identities.role(READER.arn);
  if (!role) throw new Error('no role');
  const given = lab.gate.identities.assume(role, 'narrow', { session: [session] });
  return {
    AWS_ACCESS_KEY_ID: given.accessKeyId,
    AWS_SECRET_ACCESS_KEY: given.secretAccessKey,
    AWS_SESSION_TOKEN: given.sessionToken ?? '',
  };
}

/** What is done so that Decrypt is denied, and what AWS answers to a Decrypt that the reader calls by itself. */
const DENIALS: [string, string | undefined, () => object][] = [
  [
    "a Deny in the key's policy",
    'resource-based policy',
    () => addToKey({ ...DENY, Principal: { AWS: READER.arn } }),
  ],
  ["a Deny in the reader's IAM policy", 'identity-based policy', () => addToRole(DENY)],
  [
    'a Deny in the permissions boundary',
    'permissions boundary',
    () => limit({ boundary: documentOf(ALL, DENY) }),
  ],
  [
    'a Deny in a service control policy',
    'service control policy',
    () => limit({ serviceControl: [[documentOf(ALL, DENY)]] }),
  ],
  ['a Deny in the session policy', 'session policy', () => assume(documentOf(ALL, DENY))],
  [
    'a service control policy that does not allow it',
    'service control policy',
    () => limit({ serviceControl: [[documentOf({ ...ALL, Action: 'kinesis:*' })]] }),
  ],
  // A Decrypt that the reader calls by itself is refused without it too: the statements allow it by way of Kinesis only.
  [
    'a permissions boundary that does not allow it',
    undefined,
    () => limit({ boundary: documentOf({ ...ALL, Action: 'kinesis:*' }) }),
  ],
  [
    'a session policy that does not allow it',
    undefined,
    () => assume(documentOf({ ...ALL, Action: 'kinesis:*' })),
  ],
];

test('with the statements in force it passes where nothing denies', async () => {
  expect(broken(await check(await open()))).toEqual({});
});

test.each(DENIALS)('%s', async (_what, policy, deny) => {
  const env = await open();
  const report = await check({ ...env, ...deny() });

  expect(broken(report)).toEqual({ decrypt: 'both' });
  const { message, remedy } = found(report, 'decrypt');
  expect(message).toMatch(/is not authorized to decrypt records in stream/);
  if (policy === undefined) expect(remedy).not.toContain('A Decrypt that the reader calls by itself');
  else expect(remedy).toMatch(new RegExp(`A Decrypt that the reader calls by itself is refused .*${policy}`));
  // Each kind of policy that may deny, with the command that shows it.
  const rest = remedy?.split('If these statements are in force already')[1];
  for (const command of [
    /aws cloudtrail lookup-events .*AttributeValue=Decrypt/,
    /aws kms get-key-policy .*--policy-name default/,
    /cross-account-kcl policy diff /,
    /aws iam simulate-principal-policy /,
    /aws iam get-role --role-name orders-reader --query .Role.\[Arn,PermissionsBoundary\]./,
    /aws organizations list-policies-for-target --target-id 222222222222 --filter SERVICE_CONTROL_POLICY/,
    /aws organizations list-policies-for-target --target-id 111111111111 --filter RESOURCE_CONTROL_POLICY/,
    /AssumeRole/,
  ]) {
    expect(rest).toMatch(command);
  }
});

test('what the direct call is refused by comes first', async () => {
  const env = await open();
  limit({ serviceControl: [[documentOf(ALL, DENY)]] });
  const { remedy } = found(await check(env), 'decrypt');

  expect(remedy).toMatch(/\n1\. .*service control policy/);
});

test('a Deny for calls that do not come by way of Kinesis is not taken for the reason', async () => {
  const env = await open();
  const { keyPolicyStatement: _, ...rest } = share.grants('');
  const without = await share.putInForce(rest);
  const Condition = { StringNotEquals: { 'kms:ViaService': 'kinesis.us-east-1.amazonaws.com' } };
  addToKey({ ...DENY, Principal: '*', Condition });
  const missing = found(await check({ ...env, ...without }), 'decrypt');

  expect(missing.statements.map((one) => one.policy)).toEqual(['key', 'reader']);
  expect(missing.remedy).toContain('kms:ViaService');
  for (const statement of missing.statements) await share.add(statement);
  expect(broken(await check({ ...env, ...without }))).toEqual({});
});

describe('where the policies can be read', () => {
  /** In the account of the stream and the key. */
  const LOCAL = parseReaderArn('arn:aws:iam::111111111111:role/local');

  async function asLocal(): Promise<Record<string, string>> {
    await open();
    const role = lab.gate.identities.setRole({ arn: LOCAL.arn, policies: [documentOf(ALL)] });
    const given = lab.gate.identities.assume(role, 'worker');
    return {
      AWS_ACCESS_KEY_ID: given.accessKeyId,
      AWS_SECRET_ACCESS_KEY: given.secretAccessKey,
      AWS_SESSION_TOKEN: given.sessionToken ?? '',
    };
  }

  test("the Deny in the key's policy is named", async () => {
    const env = await asLocal();
    addToKey({ ...DENY, Sid: 'NotLocal', Principal: { AWS: LOCAL.arn } });
    const report = await check(env, { reader: LOCAL });

    expect(broken(report)).toEqual({ decrypt: 'stream owner' });
    expect(found(report, 'decrypt')).toMatchObject({ statements: [] });
    expect(found(report, 'decrypt').remedy).toMatch(
      /^The key's policy \(arn:aws:kms:\S+\): NotLocal \(statement 3\) denies arn:aws:iam::111111111111:role\/local kms:Decrypt, and a Deny wins over every Allow/m,
    );
    expect(found(report, 'decrypt').remedy).not.toContain('cross-account-kcl');
  });

  test('a statement that is in force already is not printed again', async () => {
    const env = await asLocal();
    const { keyPolicyStatement } = grantRead({
      for: 'lambda',
      stream: parseStreamArn(share.streamArn),
      reader: LOCAL,
      key: parseKeyArn(keyOf().arn),
    });
    if (keyPolicyStatement) addToKey(keyPolicyStatement);
    const role = lab.gate.identities.role(LOCAL.arn);
    if (role) role.serviceControl = [[documentOf(ALL, DENY)]];
    const decrypt = found(await check(env, { reader: LOCAL }), 'decrypt');

    expect(decrypt.statements.map(({ policy }) => policy)).toEqual(['reader']);
    expect(decrypt.remedy).toMatch(/The key's policy \(arn:aws:kms:\S+\) has the statement already/);
    expect(decrypt.remedy).not.toContain('cross-account-kcl policy apply');
    expect(decrypt.remedy).toMatch(/service control policy/);
  });

  test("the Deny in the stream's policy is named to a reader who may ask for it", async () => {
    const env = await open({ for: 'lambda' });
    const grants = share.grants('');
    const [own] = grants.streamPolicy.Statement;
    const more: Statement[] = [
      {
        Effect: 'Allow',
        Principal: { AWS: READER.arn },
        Action: 'kinesis:GetResourcePolicy',
        Resource: share.streamArn,
      },
      {
        Sid: 'Closed',
        Effect: 'Deny',
        Principal: '*',
        Action: 'kinesis:GetRecords',
        Resource: share.streamArn,
      },
    ];
    await share.putInForce({
      ...grants,
      streamPolicy: { ...grants.streamPolicy, Statement: [own, ...more] as unknown as readonly [Statement] },
    });
    addToRole({ ...ALL, Action: 'kinesis:GetResourcePolicy' });
    const report = await check(env);

    expect(broken(report)).toEqual({ 'get-records': 'stream owner' });
    expect(found(report, 'get-records').remedy).toMatch(
      /Closed \(statement 3\) denies \S+ kinesis:GetRecords/,
    );
  });
});

describe('a key of a third account', () => {
  const THIRD = '333333333333';
  const WAY: Way = { for: 'lambda', encrypted: true, keyAccount: THIRD };

  test("is its owner's to share, with commands that its owner can run", async () => {
    await open(WAY);
    const { keyPolicyStatement: _, ...rest } = share.grants('');
    const env = await share.putInForce(rest);
    const report = await check(env);

    expect(broken(report)).toEqual({ decrypt: 'both' });
    const { statements, remedy } = found(report, 'decrypt');
    expect(statements).toMatchObject([
      { side: 'key owner', policy: 'key', attachedTo: keyOf().arn },
      { side: 'reader', policy: 'reader' },
    ]);
    expect(statements[0]?.command).toContain('aws kms put-key-policy');
    expect(statements[0]?.command).not.toContain('policy apply');
    expect(remedy).toContain(`The key's owner, account ${THIRD}, adds to the key's policy (${keyOf().arn})`);
    expect(remedy).not.toContain('The stream owner');
    expect(remedy).toContain('--target-id 333333333333 --filter RESOURCE_CONTROL_POLICY');
    for (const statement of statements) await share.add(statement);
    expect(broken(await check(env))).toEqual({});
  });

  test("that is disabled is its owner's", async () => {
    const env = await open(WAY);
    const key = lab.gate.keys.find(keyOf().arn);
    if (key) key.state = 'Disabled';
    const report = await check(env);
    if (key) key.state = 'Enabled';

    expect(broken(report)).toEqual({ decrypt: 'key owner' });
    expect(found(report, 'decrypt').remedy).toMatch(
      /The key's owner, account 333333333333, must enable it: aws kms enable-key/,
    );
  });
});

describe('a key that Kinesis names by an alias', () => {
  const WAY: Way = { for: 'lambda', encrypted: true, alias: 'alias/orders' };
  const ALIAS = 'arn:aws:kms:us-east-1:111111111111:alias/orders';

  test('passes where a record was decrypted, also with --strict', async () => {
    const report = await check(await open(WAY));

    expect(found(report, 'decrypt')).toMatchObject({ status: 'passed', message: 'a record was decrypted' });
    expect(found(report, 'encryption')).toMatchObject({
      status: 'passed',
      message: expect.stringContaining(ALIAS),
    });
    expect(report.checks.filter(({ status }) => status === 'warning')).toEqual([]);
  });

  test('and that denies: the statements are printed, and make it pass', async () => {
    await open(WAY);
    const { keyPolicyStatement, ...rest } = share.grants('');
    const Statement = rest.readerPolicy.Statement.filter(({ Sid }) => Sid !== 'DecryptStream');
    const env = await share.putInForce({ ...rest, readerPolicy: { ...rest.readerPolicy, Statement } });
    const { statements, remedy } = found(await check(env), 'decrypt');

    expect(statements).toMatchObject([
      { side: 'stream owner', policy: 'key', attachedTo: ALIAS, statement: keyPolicyStatement },
      {
        side: 'reader',
        policy: 'reader',
        statement: { Resource: 'arn:aws:kms:us-east-1:111111111111:key/*' },
      },
    ]);
    // It finds the key by itself.
    expect(statements[0]?.command).toMatch(/^cross-account-kcl policy apply (?!.*--key-arn)/);
    expect(remedy).toContain('narrow');
    for (const one of statements) {
      await share.add(one.policy === 'key' ? { ...one, attachedTo: keyOf().arn } : one);
    }
    expect(broken(await check(env))).toEqual({});
  });

  test("has the key's ARN in the statements where the reader may describe the key", async () => {
    await open(WAY);
    const { keyPolicyStatement: _, ...rest } = share.grants('');
    const env = await share.putInForce(rest);
    const describe = { Effect: 'Allow', Action: 'kms:DescribeKey', Resource: '*' } as const;
    addToKey({ ...describe, Principal: { AWS: READER.arn } });
    addToRole(describe);
    const report = await check(env);

    expect(found(report, 'key-state')).toMatchObject({ status: 'passed' });
    expect(found(report, 'decrypt').statements).toMatchObject([
      { policy: 'key', attachedTo: keyOf().arn },
      { policy: 'reader', statement: { Resource: keyOf().arn } },
    ]);
  });
});
