import { PutResourcePolicyCommand } from '@aws-sdk/client-kinesis';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { createStream, encryptStream } from '../../lab/create-stream.js';
import type { Credentials } from '../../lab/gate/gate.js';
import { type Lab, startLab } from '../../lab/lab.js';
import { putRecords } from '../../lab/put-records.js';
import { registerConsumer } from '../../lab/stream-consumer.js';
import { parseReaderArn } from '../../src/aws/reader-arn.js';
import type { ReaderType } from '../../src/policy/actions.js';
import { broken, checkShare, OF_MACHINE } from '../preflight/helpers/check-share.js';
import { readTemplate, resolveTemplate, type Template } from './helpers/cloudformation.js';

/** The order that docs/guided.md tells, with the templates' own policies, where both accounts enforce them. */
const OWNER = readTemplate('infra/owner.yaml');
const READERS = {
  kcl: {
    template: readTemplate('infra/reader-ecs.yaml'),
    role: 'TaskRole',
    allowedBy: 'KclReaderArns',
    parameters: {
      RunService: 'false',
      ApplicationName: 'orders-app',
      Image: 'image',
      Subnets: 'subnet-1',
      SecurityGroups: 'sg-1',
    },
  },
  lambda: {
    template: readTemplate('infra/reader-lambda.yaml'),
    role: 'Role',
    allowedBy: 'LambdaReaderArns',
    parameters: {
      CodeBucket: 'code',
      CodeKey: 'function.zip',
      Mapping: 'none',
      PreflightPrincipalArn: 'arn:aws:iam::222222222222:user/operator',
    },
  },
} as const;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** What CloudFormation makes in that account, with the ARNs filled in that it alone knows. */
function deploy(
  template: Template,
  account: string,
  parameters: Record<string, string | string[]>,
  known: Record<string, string> = {},
): Template['Resources'] {
  const pseudo = { 'AWS::AccountId': account, 'AWS::Region': lab.region };
  let text = JSON.stringify(resolveTemplate(template, { ...pseudo, ...parameters }));
  for (const [name, arn] of Object.entries(known)) text = text.replaceAll(`\${${name}}`, arn);
  return JSON.parse(text);
}

/** A stream of owner.yaml, which nobody may read yet; `share` updates the stack. */
async function deployOwner(name: string) {
  const streamArn = await createStream(lab.owner, name, 1);
  const consumerArn = await registerConsumer(lab.owner, streamArn, 'shared');
  const stack = (parameters: Record<string, string[]>) =>
    deploy(
      OWNER,
      lab.owner.id,
      { StreamName: name, ConsumerName: 'shared', KclReaderArns: [], LambdaReaderArns: [], ...parameters },
      { 'Stream.Arn': streamArn, 'Consumer.ConsumerARN': consumerArn },
    );
  const key = lab.gate.keys.create(lab.owner.id, lab.region, stack({}).Key.Properties.KeyPolicy);
  await encryptStream(lab.owner, streamArn, key.arn);
  await putRecords(lab.owner, streamArn, [{ partitionKey: 'k', data: Buffer.from('hello') }]);

  const share = async (parameters: Record<string, string[]>) => {
    const resources = stack(parameters);
    key.policy = JSON.stringify(resources.Key.Properties.KeyPolicy);
    for (const { Properties } of [resources.StreamPolicy, resources.ConsumerPolicy]) {
      await lab.owner.kinesis.send(
        new PutResourcePolicyCommand({
          ResourceARN: Properties.ResourceArn,
          Policy: JSON.stringify(Properties.ResourcePolicy),
        }),
      );
    }
  };
  return { streamArn, consumerArn, keyArn: key.arn, share };
}

/** A session of the function's role, for the operator whom its trust policy names; of a task's, for ECS. */
async function assume(by: ReaderType, roleArn: string): Promise<Credentials> {
  const role = lab.gate.identities.role(roleArn);
  if (!role) throw new Error(`there is no role ${roleArn}`);
  if (by === 'kcl') return lab.gate.identities.assume(role, 'task');
  const credentials = lab.gate.identities.addUser(READERS.lambda.parameters.PreflightPrincipalArn, []);
  const sts = new STSClient({ region: lab.region, endpoint: lab.gate.endpoint, credentials });
  try {
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'preflight' }),
    );
    return {
      accessKeyId: given?.AccessKeyId ?? '',
      secretAccessKey: given?.SecretAccessKey ?? '',
      sessionToken: given?.SessionToken ?? '',
    };
  } finally {
    sts.destroy();
  }
}

/** Preflight with the role's access. */
async function check(by: ReaderType, roleArn: string, streamArn: string, consumerArn: string) {
  const { accessKeyId, secretAccessKey, sessionToken = '' } = await assume(by, roleArn);
  const env = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
  const reader = parseReaderArn(roleArn);
  return checkShare({ lab, streamArn, consumerArn }, env, by, 'orders-app', { skip: OF_MACHINE }, { reader });
}

describe.each(['kcl', 'lambda'] as const)('a reader by %s', (by) => {
  const { template, role, allowedBy, parameters } = READERS[by];
  const roleArn = `arn:aws:iam::222222222222:role/orders-${by}`;
  let owner: Awaited<ReturnType<typeof deployOwner>>;

  beforeAll(async () => {
    owner = await deployOwner(`orders-${by}`);
    const resources = deploy(
      template,
      lab.reader.id,
      {
        ...parameters,
        StreamArn: owner.streamArn,
        ConsumerArn: owner.consumerArn,
        KeyArn: owner.keyArn,
      },
      {
        'FailureQueue.Arn': `arn:aws:sqs:${lab.region}:${lab.reader.id}:failed`,
        'LogGroup.Arn': `arn:aws:logs:${lab.region}:${lab.reader.id}:log-group:function:*`,
      },
    );
    lab.gate.identities.setRole({
      arn: roleArn,
      trust: resources[role].Properties.AssumeRolePolicyDocument,
      policies: resources[role].Properties.Policies.map(
        ({ PolicyDocument }: { PolicyDocument: object }) => PolicyDocument,
      ),
    });
  });

  test('with the role alone the owner is missing, and nobody else', async () => {
    const report = await check(by, roleArn, owner.streamArn, owner.consumerArn);

    expect(report.passed).toBe(false);
    expect(broken(report)).toMatchObject({ 'list-shards': 'stream owner', consumer: 'stream owner' });
    expect(new Set(Object.values(broken(report)))).toEqual(new Set(['stream owner']));
  });

  test('once the owner has its ARN all is allowed', async () => {
    await owner.share({ [allowedBy]: [roleArn] });

    const report = await check(by, roleArn, owner.streamArn, owner.consumerArn);

    expect(broken(report)).toEqual({});
    expect(report.passed).toBe(true);
    const proven = report.checks.filter(({ status }) => status === 'passed').map(({ id }) => id);
    expect(proven).toEqual(expect.arrayContaining(['get-records', 'decrypt', 'subscribe']));
  });
});

test('a function among the readers by KCL lacks what Lambda alone needs', async () => {
  const owner = await deployOwner('mistaken');
  const roleArn = 'arn:aws:iam::222222222222:role/mistaken';
  lab.gate.identities.setRole({
    arn: roleArn,
    trust: {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' },
    },
    policies: [{ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
  });
  await owner.share({ KclReaderArns: [roleArn] });

  const report = await check('lambda', roleArn, owner.streamArn, owner.consumerArn);

  expect(broken(report)).toEqual({ 'describe-stream': 'stream owner' });
});
