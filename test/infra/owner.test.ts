import { printPolicies } from '../../src/cli/policy-print.js';
import type { Statement } from '../../src/policy/types.js';
import { pseudoOf, readTemplate, resolveTemplate } from './helpers/cloudformation.js';
import { describeCfnLint } from './helpers/linter.js';

const FILE = 'infra/owner.yaml';
const template = readTemplate(FILE);

const KCL_READER = 'arn:aws:iam::222222222222:role/orders-reader';
const LAMBDA_READER = 'arn:aws:iam::333333333333:role/service/orders-function';
const OTHER_READER = 'arn:aws:iam::444444444444:user/batch';
type For = 'kcl' | 'lambda';
const PARAMETER = { kcl: 'KclReaderArns', lambda: 'LambdaReaderArns' } as const;

const REGION: Record<string, string> = {
  aws: 'eu-west-1',
  'aws-cn': 'cn-north-1',
  'aws-eusc': 'eusc-de-east-1',
  'aws-iso': 'us-iso-east-1',
};

const resources = (parameters: Record<string, string | string[]>, partition = 'aws') =>
  resolveTemplate(template, {
    'AWS::AccountId': '111111111111',
    ...pseudoOf(REGION[partition] ?? ''),
    StreamName: 'orders',
    KclReaderArns: [],
    LambdaReaderArns: [],
    ...parameters,
  });

/** The ARNs that CloudFormation alone knows are filled in. */
function policies(parameters: Record<string, string | string[]>, partition = 'aws') {
  const stream = `arn:${partition}:kinesis:${REGION[partition]}:111111111111:stream/orders`;
  const consumer = `${stream}/consumer/shared:1700000000`;
  const text = JSON.stringify(resources({ ConsumerName: 'shared', ...parameters }, partition));
  const { StreamPolicy, ConsumerPolicy, Key } = JSON.parse(
    text.replaceAll(`\${Stream.Arn}`, stream).replaceAll(`\${Consumer.ConsumerARN}`, consumer),
  );
  return { stream, consumer, StreamPolicy, ConsumerPolicy, keyPolicy: Key.Properties.KeyPolicy };
}

/** The owner's policies, as the tool prints them for the same input. */
function printed(by: For, reader: string, stream: string, consumer: string) {
  const keyArn = `${stream.split(':stream/')[0]?.replace(':kinesis:', ':kms:')}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
  const text = printPolicies({
    for: by,
    reader,
    streamArn: stream,
    consumerArn: consumer,
    keyArn,
    output: 'json',
  });
  return JSON.parse(text);
}

/** The statement without its Sid: the tool's has a hash of the reader in it, which CloudFormation can't compute. */
const withoutSid = ({ Sid, ...statement }: Statement) => {
  expect(Sid).toMatch(/^[A-Za-z0-9]+$/);
  return statement;
};
/** Written as the template does: a list of principals, also for one. */
const listed = (statement: Statement, ...readers: string[]) => ({
  ...withoutSid(statement),
  Principal: { AWS: readers },
});

describe.each(['kcl', 'lambda'] as const)(
  'the policies are those that `policy print --for %s` prints',
  (by) => {
    test.each([
      ['one reader', [by === 'kcl' ? KCL_READER : LAMBDA_READER], 'aws'],
      ['several readers', [KCL_READER, LAMBDA_READER], 'aws'],
      ...['aws-cn', 'aws-eusc', 'aws-iso'].map((partition): [string, string[], string] => [
        `a reader in ${partition}`,
        [KCL_READER.replace('arn:aws:', `arn:${partition}:`)],
        partition,
      ]),
    ])('for %s', (_what, readers, partition) => {
      const found = policies({ [PARAMETER[by]]: readers }, partition);
      const [reader = ''] = readers;
      const expected = printed(by, reader, found.stream, found.consumer);

      expect(found.StreamPolicy.Properties.ResourceArn).toBe(found.stream);
      expect(found.StreamPolicy.Properties.ResourcePolicy.Version).toBe(expected.streamPolicy.Version);
      expect(found.StreamPolicy.Properties.ResourcePolicy.Statement.map(withoutSid)).toEqual([
        listed(expected.streamPolicy.Statement[0], ...readers),
      ]);
      expect(found.ConsumerPolicy.Properties.ResourceArn).toBe(found.consumer);
      expect(found.ConsumerPolicy.Properties.ResourcePolicy.Statement.map(withoutSid)).toEqual([
        listed(expected.consumerPolicy.Statement[0], ...readers),
      ]);
      const [, ...ofReaders] = found.keyPolicy.Statement;
      expect(ofReaders.map(withoutSid)).toEqual([listed(expected.keyPolicyStatement, ...readers)]);
    });
  },
);

test('readers by KCL and by Lambda have a statement each, with Sids of their own', () => {
  const found = policies({ KclReaderArns: [KCL_READER, OTHER_READER], LambdaReaderArns: [LAMBDA_READER] });
  for (const { Statement } of [
    found.StreamPolicy.Properties.ResourcePolicy,
    found.ConsumerPolicy.Properties.ResourcePolicy,
    { Statement: found.keyPolicy.Statement.slice(1) },
  ]) {
    expect(Statement.map(({ Principal }: Statement) => Principal)).toEqual([
      { AWS: [KCL_READER, OTHER_READER] },
      { AWS: [LAMBDA_READER] },
    ]);
    expect(new Set(Statement.map(({ Sid }: Statement) => Sid)).size).toBe(2);
  }
});

test('without a reader there is no policy, and nobody but the account may use the key', () => {
  const found = resources({ ConsumerName: 'shared' });

  expect(Object.keys(found).sort()).toEqual(['Consumer', 'Key', 'Stream']);
  expect(found.Key.Properties.KeyPolicy.Statement.map(({ Principal }: Statement) => Principal)).toEqual([
    { AWS: 'arn:aws:iam::111111111111:root' },
  ]);
});

test('without a consumer there is none, and no policy of one', () => {
  expect(Object.keys(resources({ KclReaderArns: [KCL_READER] })).sort()).toEqual([
    'Key',
    'Stream',
    'StreamPolicy',
  ]);
});

test('the stream is on-demand, or has the shards that are asked for', () => {
  const properties = (parameters: Record<string, string>) => resources(parameters).Stream.Properties;

  expect(properties({})).toMatchObject({ StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
  expect(properties({})).not.toHaveProperty('ShardCount');
  expect(properties({ ShardCount: '4' })).toMatchObject({
    StreamModeDetails: { StreamMode: 'PROVISIONED' },
    ShardCount: '4',
  });
});

// A reference alone does not wait until what it refers to is ACTIVE, and Kinesis takes no policy before.
test.each([
  ['Consumer', ['Stream']],
  ['StreamPolicy', ['Stream']],
  ['ConsumerPolicy', ['Consumer', 'StreamPolicy']],
])('%s waits for %j', (name, others) => {
  expect([(template.Resources[name] as { DependsOn?: string | string[] }).DependsOn].flat()).toEqual(others);
});

test.each(['Stream', 'Key'])('%s outlives the stack', (name) => {
  expect(template.Resources[name]).toMatchObject({
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
  });
});

describe('readers', () => {
  const takes = (name: string, text: string) =>
    new RegExp(`^(?:${(template.Parameters[name] as { AllowedPattern: string }).AllowedPattern})$`).test(
      text,
    );

  test.each(Object.values(PARAMETER))('%s takes roles, with a path too', (name) => {
    expect(takes(name, KCL_READER)).toBe(true);
    expect(takes(name, LAMBDA_READER)).toBe(true);
  });

  test.each([
    ['a whole account', 'arn:aws:iam::222222222222:root'],
    ['a number of an account', '222222222222'],
    ['everybody', '*'],
    ['a wildcard', 'arn:aws:iam::222222222222:role/*'],
    ['a session', 'arn:aws:sts::222222222222:assumed-role/orders-reader/worker'],
  ])('are not %s', (_what, text) => {
    for (const name of Object.values(PARAMETER)) expect(takes(name, text)).toBe(false);
  });
});

describeCfnLint(FILE, [
  ['a mode that Kinesis does not have', 'ON_DEMAND', 'ONDEMAND'],
  ['a parameter that is not there', '!Ref StreamName', '!Ref StreamNane'],
  ['an attribute that is not there', 'Consumer.ConsumerARN', 'Consumer.Arn'],
  ['a property that is not there', 'ResourceArn:', 'ResourceARN:'],
  ['a circle', 'Description: !Sub Kinesis stream', 'Description: !GetAtt Stream.Arn #'],
]);
