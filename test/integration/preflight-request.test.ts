import {
  DeleteResourcePolicyCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetResourcePolicyCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutResourcePolicyCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Credentials } from '../../lab/gate/gate.js';
import {
  createStream,
  encryptStream,
  type Lab,
  putRecords,
  registerConsumer,
  startLab,
} from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { parseConsumerArn, parseStreamArn } from '../../src/aws/arn.js';
import { parseKeyArn } from '../../src/aws/key-arn.js';
import { parseReaderArn } from '../../src/aws/reader-arn.js';
import { grantRead } from '../../src/policy/grants.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';
import { AwsCli, type AwsOptions, describeWithJq } from '../helpers/aws-cli.js';
import { stepsOf } from '../helpers/owner-message.js';
import { testThoroughly } from '../helpers/thorough.js';
import { runCli } from './helpers/cli.js';

const SSO = 'AWSReservedSSO_Developer_0123456789abcdef';
const role = (path: string) => `arn:aws:iam::222222222222:role/${path}`;
/** As the console of Lambda creates them. */
const ROLE = role('service-role/orders-reader');
const GET_ROLE: Statement = { Effect: 'Allow', Action: 'iam:GetRole', Resource: '*' };
/** Of others: a third account's, and one without a Sid. */
const theirs = (arn: string): Statement[] => [
  {
    Sid: 'Third',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::333333333333:root' },
    Action: 'kinesis:GetRecords',
    Resource: arn,
  },
  { Effect: 'Deny', Principal: { AWS: '444444444444' }, Action: 'kinesis:PutRecord', Resource: arn },
];

let lab: Lab;
let stream: string;
beforeAll(async () => {
  lab = await startLab();
  stream = await createStream(lab.owner, 'orders', 1);
  await putRecords(lab.owner, stream, sampleOrders(lab.owner.id, 1));
});
afterAll(() => lab.stop());

/** A session of the role, which has these statements. */
function session(arn: string, ...statements: Statement[]): Credentials {
  const { identities } = lab.gate;
  const policies = [{ Version: '2012-10-17', Statement: statements }];
  return identities.assume(identities.setRole({ arn, policies }), 'worker');
}

const request = (credentials: Credentials, args: readonly string[] = [], env: Record<string, string> = {}) =>
  runCli(['preflight', 'request', '--stream-arn', stream, ...args], {
    env: {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
      AWS_REGION: lab.region,
      AWS_ENDPOINT_URL: lab.gate.endpoint,
      ...env,
    },
  });

describe('the reader', () => {
  test("is named with its role's path, which IAM reports", async () => {
    const { status, stdout, stderr } = await request(session(ROLE, GET_ROLE));

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^To account 111111111111, /);
    expect(stdout).toContain(`as this role:\n  ${ROLE}\n`);
    expect(stdout).not.toContain(role('orders-reader'));
  });

  test.each([
    ['iam:GetRole is denied', {}, 'not authorized to perform: iam:GetRole'],
    [
      'IAM can not be reached',
      { AWS_ENDPOINT_URL_IAM: 'http://127.0.0.1:1' },
      'iam:GetRole could not be called',
    ],
  ])('where %s, the first line says that its path is unknown, and what to do', async (_what, env, why) => {
    const { status, stdout, stderr } = await request(session(ROLE), [], env);
    const [first = '', second] = stdout.split('\n');

    expect({ status, stderr, second }).toEqual({ status: 0, stderr: '', second: '' });
    expect(first).toMatch(/^BEFORE YOU SEND THIS: The path of the role orders-reader is unknown/);
    expect(first).toContain(why);
    expect(first).toContain('aws iam get-role --role-name orders-reader --query Role.Arn --output text');
    expect(first).toContain('give --reader');
  });

  test('that is given without its path is named with it, and the first line says so', async () => {
    const { stdout } = await request(session(ROLE, GET_ROLE), ['--reader', role('orders-reader')]);

    expect(stdout).toMatch(RegExp(`^BEFORE YOU SEND THIS: --reader names .*role/orders-reader; .*${ROLE}`));
    expect(stdout).toContain(`as this role:\n  ${ROLE}\n`);
  });

  test.each([
    ['somebody else', [GET_ROLE], role('another'), {}],
    ['the caller, whose role IAM does not report', [], ROLE, {}],
    [
      'anybody, and STS does not answer',
      [GET_ROLE],
      role('orders-reader'),
      { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' },
    ],
  ])('that is given as %s is named as it is given', async (_whom, statements, arn, env) => {
    const { stdout } = await request(session(ROLE, ...statements), ['--reader', arn], env);

    expect(stdout).toMatch(RegExp(`^To account .*as this role:\n  ${arn}\n`, 's'));
  });

  testThoroughly('an IAM that does not answer is not waited for long', async () => {
    const door = await lab.gate.addDoor();
    door.disturb(({ service }) => (service === 'iam' ? { hang: true } : undefined));

    const { stdout } = await request(session(ROLE), [], { AWS_ENDPOINT_URL: door.endpoint });

    expect(stdout).toMatch(/^BEFORE YOU SEND THIS: .*\(iam:GetRole got no answer in time\)/);
  });

  test('that is a role of IAM Identity Center is not named without its path', async () => {
    const arn = role(`aws-reserved/sso.amazonaws.com/eu-west-1/${SSO}`);

    const { status, stdout, stderr } = await request(session(arn));
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toMatch(
      /It is \/aws-reserved\/sso\.amazonaws\.com\/, .*region.*aws iam get-role.*--reader/s,
    );

    expect((await request(session(arn, GET_ROLE))).stdout).toContain(`as this role:\n  ${arn}\n`);
  });

  test('whose role was deleted is not named: AWS would refuse the policy', async () => {
    // Its session goes on, with what the role was allowed.
    const policies = [{ Version: '2012-10-17', Statement: [GET_ROLE] }];
    const { status, stderr } = await request(
      lab.gate.identities.assume({ arn: role('gone'), policies }, 'worker'),
    );

    expect(status).toBe(3);
    expect(stderr).toContain('IAM knows no role gone in account 222222222222: it was deleted');
  });

  test.each([
    ['a user', 'arn:aws:iam::222222222222:user/team/rita', 0],
    ['the root user', undefined, 3],
  ])('that is %s: IAM is not asked', async (_what, arn, code) => {
    const { identities } = lab.gate;
    const root = { accessKeyId: '222222222222', secretAccessKey: 'lab' };
    const credentials = arn === undefined ? root : identities.addUser(arn, []);
    const { status, stdout, stderr } = await request(credentials, [], {
      AWS_ENDPOINT_URL_IAM: 'http://127.0.0.1:1',
    });

    expect(status).toBe(code);
    if (arn === undefined)
      expect(stderr).toContain('these are credentials of arn:aws:iam::222222222222:root');
    else expect(stdout).toMatch(RegExp(`^To account .*as this user:\\n  ${arn}\\n`, 's'));
  });
});

test.each([
  ['its own key', 'own'],
  ['the AWS managed key', 'alias/aws/kinesis'],
  ['none', undefined],
])('what the reader can see of the encryption, %s, is in the message', async (what, keyId) => {
  const name = what.replaceAll(/\W/g, '-');
  const arn = await createStream(lab.owner, name, 1);
  const key = lab.gate.keys.create(lab.owner.id, lab.region).arn;
  if (keyId !== undefined) await encryptStream(lab.owner, arn, keyId === 'own' ? key : keyId);
  // The root user of the owner, who sees everything.
  const owner = { accessKeyId: lab.owner.id, secretAccessKey: 'lab' };

  const { stdout } = await request(owner, ['--reader', ROLE, '--stream-arn', arn]);

  if (keyId === 'own') expect(stdout).toContain(`2. On the key ${key}:\n`);
  else if (keyId)
    expect(stdout).toMatch(
      /^FIRST: the stream is encrypted with the AWS managed key[\s\S]*start-stream-encryption/m,
    );
  else expect(stdout).toContain('The stream is not encrypted, so there is no key to share.');
  expect(stdout.includes('kms:Decrypt')).toBe(keyId !== undefined);
});

describeWithJq('an owner who pastes the message (with jq)', () => {
  let kinesis: KinesisClient;
  let kms: KMSClient;
  let aws: AwsCli;
  beforeAll(async () => {
    const credentials = { accessKeyId: lab.owner.id, secretAccessKey: 'lab' };
    const options = { region: lab.region, endpoint: lab.gate.endpoint, credentials };
    kinesis = new KinesisClient({ ...options, requestHandler: new NodeHttpHandler() });
    kms = new KMSClient(options);
    aws = await AwsCli.start((service, action, given) => answer(`${service} ${action}`, given));
  });
  afterAll(() => {
    aws.stop();
    kinesis.destroy();
    kms.destroy();
  });

  async function answer(call: string, given: AwsOptions): Promise<string> {
    const { 'resource-arn': ResourceARN = '', policy: Policy = '', 'key-id': KeyId = '' } = given;
    switch (call) {
      case 'kinesis get-resource-policy':
        return (await kinesis.send(new GetResourcePolicyCommand({ ResourceARN }))).Policy ?? 'None';
      case 'kinesis put-resource-policy':
        await kinesis.send(new PutResourcePolicyCommand({ ResourceARN, Policy }));
        return '';
      case 'kinesis delete-resource-policy':
        await kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN }));
        return '';
      case 'kinesis describe-stream-summary': {
        const command = new DescribeStreamSummaryCommand({ StreamARN: given['stream-arn'] });
        return (await kinesis.send(command)).StreamDescriptionSummary?.KeyId ?? 'None';
      }
      case 'kms describe-key':
        return (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.Arn ?? 'None';
      case 'kms get-key-policy':
        return (await kms.send(new GetKeyPolicyCommand({ KeyId }))).Policy ?? 'None';
      case 'kms put-key-policy':
        await kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy }));
        return '';
      default:
        throw new Error(`no stand-in for ${call}`);
    }
  }

  const inForce = async (ResourceARN: string) => {
    try {
      const { Policy } = await kinesis.send(new GetResourcePolicyCommand({ ResourceARN }));
      return JSON.parse(Policy || 'null') as PolicyDocument | null;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return null;
      throw error;
    }
  };

  async function readAs(credentials: Credentials, StreamARN: string): Promise<number> {
    const { region, gate } = lab;
    const client = new KinesisClient({
      ...{ region, endpoint: gate.endpoint, credentials, requestHandler: new NodeHttpHandler() },
      maxAttempts: 1,
    });
    try {
      const { ShardIterator } = await client.send(
        new GetShardIteratorCommand({
          StreamARN,
          ShardId: 'shardId-000000000000',
          ShardIteratorType: 'TRIM_HORIZON',
        }),
      );
      return (await client.send(new GetRecordsCommand({ StreamARN, ShardIterator }))).Records?.length ?? 0;
    } finally {
      client.destroy();
    }
  }

  test('lets the reader read an encrypted stream at once, keeps all others, and gets it back as it was', async () => {
    const arn = await createStream(lab.owner, 'shared', 1);
    const key = lab.gate.keys.create(lab.owner.id, lab.region);
    await encryptStream(lab.owner, arn, key.arn);
    await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, 3));
    const consumer = await registerConsumer(lab.owner, arn, 'fan-out');
    await kinesis.send(
      new PutResourcePolicyCommand({
        ResourceARN: arn,
        Policy: JSON.stringify({ Version: '2012-10-17', Statement: theirs(arn) }),
      }),
    );
    const keyBefore = JSON.parse(key.policy) as PolicyDocument;
    const grants = grantRead({
      ...{ for: 'lambda', stream: parseStreamArn(arn), reader: parseReaderArn(ROLE) },
      ...{ consumer: parseConsumerArn(consumer), key: parseKeyArn(key.arn) },
    });
    const credentials = session(ROLE, GET_ROLE, ...grants.readerPolicy.Statement);
    const args = ['--for', 'lambda', '--stream-arn', arn, '--consumer-arn', consumer];
    const { stdout } = await request(credentials, args);
    const { allow, takeBack } = stepsOf(stdout);

    expect(await aws.run(allow)).toMatchObject({ status: 0, stderr: '' });

    const shared = [await inForce(arn), await inForce(consumer), JSON.parse(key.policy)];
    expect(shared).toEqual([
      { Version: '2012-10-17', Statement: [...theirs(arn), ...grants.streamPolicy.Statement] },
      grants.consumerPolicy,
      { ...keyBefore, Statement: [...keyBefore.Statement, grants.keyPolicyStatement] },
    ]);
    expect(await readAs(credentials, arn)).toBe(3);

    await aws.run(allow);
    expect([await inForce(arn), await inForce(consumer), JSON.parse(key.policy)]).toEqual(shared);

    expect(await aws.run(takeBack)).toMatchObject({ status: 0, stderr: '' });
    expect(await inForce(arn)).toEqual({ Version: '2012-10-17', Statement: theirs(arn) });
    expect(await inForce(consumer)).toEqual({});
    expect(JSON.parse(key.policy)).toEqual(keyBefore);
    await expect(readAs(credentials, arn)).rejects.toThrow(/no resource-based policy allows/);
  });
});
