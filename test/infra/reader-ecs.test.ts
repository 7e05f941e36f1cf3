import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { printPolicies } from '../../src/cli/policy-print.js';
import { loadConfig } from '../../src/config/load.js';
import { PARTITIONS } from '../aws/helpers/partitions.js';
import { pseudoOf, readTemplate, resolveTemplate } from './helpers/cloudformation.js';
import { describeCfnLint } from './helpers/linter.js';
import { leastBlocked, longestStop } from './helpers/worker-times.js';

const FILE = 'infra/reader-ecs.yaml';
const template = readTemplate(FILE);

const STREAM = 'arn:aws:kinesis:us-east-1:111111111111:stream/orders';
const CONSUMER = `${STREAM}/consumer/shared:1700000000`;
const KEY = 'arn:aws:kms:us-east-1:111111111111:key/be0efb5e-6b27-49ba-9b41-046b76a312d9';
const QUEUE = 'arn:aws:sqs:eu-west-1:222222222222:orders-failed.fifo';
const REPOSITORY = 'arn:aws:ecr:eu-west-1:222222222222:repository/team/orders-reader';
const SUBNETS = {
  Subnets: ['subnet-1'],
  SecurityGroups: ['sg-1'],
  Image: 'image',
  ApplicationName: 'orders',
};

const resources = (parameters: Record<string, string>) =>
  resolveTemplate(template, { ...SUBNETS, StreamArn: STREAM, RunService: 'true', ...parameters });
const environmentOf = (parameters: Record<string, string>) => {
  const [container] = resources(parameters).TaskDefinition.Properties.ContainerDefinitions;
  const variables = container.Environment as { Name: string; Value: string }[];
  return Object.fromEntries(variables.map(({ Name, Value }) => [Name, Value]));
};

/** The reader's statements, as the tool prints them for the same input. */
function printed(
  share: {
    streamArn: string;
    consumerArn?: string;
    keyArn?: string;
    failureQueue?: string;
    threeTables?: true;
    leaseTableExists?: true;
  },
  partition = 'aws',
) {
  const policies = printPolicies({
    for: 'kcl',
    reader: `arn:${partition}:iam::222222222222:role/orders-reader`,
    application: 'orders',
    leaseTableRegion: 'eu-west-1',
    only: 'reader',
    output: 'json',
    ...share,
  });
  return JSON.parse(policies).readerPolicy;
}

describe("the task role's policy is the one that `policy print` prints", () => {
  test.each([
    ['a stream', {}, {}],
    ['a consumer', { ConsumerArn: CONSUMER }, { consumerArn: CONSUMER }],
    ['a key', { KeyArn: KEY }, { keyArn: KEY }],
    ['a failure queue', { FailureQueueArn: QUEUE }, { failureQueue: QUEUE }],
    ['three tables', { ThreeTables: 'true' }, { threeTables: true as const }],
    [
      'a lease table that was created before',
      { LeaseTableExists: 'true' },
      { leaseTableExists: true as const },
    ],
    [
      'all of them',
      { ConsumerArn: CONSUMER, KeyArn: KEY, FailureQueueArn: QUEUE },
      { consumerArn: CONSUMER, keyArn: KEY, failureQueue: QUEUE },
    ],
  ])('for %s', (_what, parameters, share) => {
    const [policy] = resources(parameters).TaskRole.Properties.Policies;
    expect(policy.PolicyDocument).toEqual(printed({ streamArn: STREAM, ...share }));
  });

  test.each(PARTITIONS)('for a key in %s', (partition, region) => {
    const there = (arn: string) => arn.replace('arn:aws:', `arn:${partition}:`).replace('us-east-1', region);
    const [policy] = resources({
      ...pseudoOf(region),
      // Of the lease table.
      'AWS::Region': 'eu-west-1',
      StreamArn: there(STREAM),
      KeyArn: there(KEY),
    }).TaskRole.Properties.Policies;
    expect(policy.PolicyDocument).toEqual(
      printed({ streamArn: there(STREAM), keyArn: there(KEY) }, partition),
    );
  });
});

describe('to start the worker, ECS may', () => {
  const allowed = (parameters: Record<string, string>) => {
    const { ManagedPolicyArns, Policies } = resources(parameters).ExecutionRole.Properties;
    expect(ManagedPolicyArns).toBeUndefined();
    const [{ PolicyDocument }] = Policies;
    const statements = PolicyDocument.Statement as { Action: string[]; Resource: string }[];
    return Object.fromEntries(statements.map(({ Action, Resource }) => [Resource, Action]));
  };
  const log = { '${LogGroup.Arn}': ['logs:CreateLogStream', 'logs:PutLogEvents'] };

  test('write its log, and no other', () => {
    expect(allowed({})).toEqual(log);
  });

  test('pull from the ECR repository, and no other', () => {
    expect(allowed({ RepositoryArn: REPOSITORY })).toEqual({
      ...log,
      [REPOSITORY]: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      '*': ['ecr:GetAuthorizationToken'],
    });
  });
});

describe('the worker', () => {
  test('writes only where each region and platform lets user 1000 write', () => {
    const { ContainerDefinitions, Volumes } = resources({}).TaskDefinition.Properties;
    const [{ LinuxParameters, MountPoints, ReadonlyRootFilesystem }] = ContainerDefinitions;
    expect({ LinuxParameters, MountPoints, ReadonlyRootFilesystem, Volumes }).toEqual({
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
      ReadonlyRootFilesystem: true,
    });
    expect(readFileSync('Dockerfile', 'utf8')).toContain(`RUN_DIRECTORY=${environmentOf({}).TMPDIR} `);
  });

  test('is told of the stream, and keeps its leases where the policy allows it', () => {
    expect(environmentOf({})).toEqual({
      STREAM_ARN: STREAM,
      APPLICATION_NAME: 'orders',
      LEASE_TABLE_REGION: 'eu-west-1',
      TMPDIR: '/dev/shm',
      SHUTDOWN_GRACE_MILLIS: expect.stringMatching(/^\d+$/),
    });
  });

  test('takes all of it', () => {
    const all = environmentOf({ ConsumerArn: CONSUMER, FailureQueueArn: QUEUE });
    const { config, notices } = loadConfig({ flags: {}, env: all });
    expect(notices).toEqual([]);
    expect(config).toMatchObject({
      applicationName: 'orders',
      leaseTableRegion: 'eu-west-1',
      onFailure: 'send',
    });
  });

  test('is told of consumer and queue, if there are such', () => {
    expect(environmentOf({ ConsumerArn: CONSUMER, FailureQueueArn: QUEUE })).toMatchObject({
      CONSUMER_ARN: CONSUMER,
      ON_FAILURE: 'send',
      FAILURE_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/222222222222/orders-failed.fifo',
    });
  });

  test('is asked for its health where the image serves it', () => {
    const [, port] = /HTTP_PORT=(\d+)/.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
    const [{ HealthCheck }] = resources({}).TaskDefinition.Properties.ContainerDefinitions;
    expect(HealthCheck.Command.join(' ')).toContain(`http://127.0.0.1:${port}/livez`);
  });

  test('is asked without what NODE_OPTIONS loads, such as a tracer', () => {
    const [{ HealthCheck }] = resources({}).TaskDefinition.Properties.ContainerDefinitions;
    const [kind, command, ...args] = HealthCheck.Command;
    expect(kind).toBe('CMD');
    const { stderr } = spawnSync(command, args, {
      env: { PATH: process.env.PATH, NODE_OPTIONS: '--require /nothing/is/here.cjs' },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
  });

  test('is ended by its own limit of time for a handler that computes, before the health check does', () => {
    const [{ HealthCheck }] = resources({}).TaskDefinition.Properties.ContainerDefinitions;
    const { config } = loadConfig({ flags: {}, env: environmentOf({}) });
    expect((HealthCheck.Retries - 1) * HealthCheck.Interval).toBeGreaterThanOrEqual(leastBlocked(config));
  });

  test('has more time to stop than it takes for itself', () => {
    const [{ StopTimeout }] = resources({}).TaskDefinition.Properties.ContainerDefinitions;
    const { config } = loadConfig({ flags: {}, env: environmentOf({}) });
    expect(StopTimeout * 1000).toBeGreaterThan(longestStop(config));
  });
});

test('without the service there are the roles, the log and the task definition alone', () => {
  expect(Object.keys(resources({ RunService: 'false', NotificationEmail: 'a@example.com' })).sort()).toEqual([
    'ExecutionRole',
    'LogGroup',
    'TaskDefinition',
    'TaskRole',
  ]);
});

/** Task CPU and memory, Amazon ECS Developer Guide: the least and the most, in MiB. */
test.each([
  ['512', 1024, 4096],
  ['1024', 2048, 8192],
  ['2048', 4096, 16_384],
  ['4096', 8192, 30_720],
])('with Cpu %s it takes the memory that Fargate has', (cpu, least, most) => {
  const { AllowedValues } = template.Parameters.Memory as { AllowedValues: string[] };
  const rule = template.Rules?.[`MemoryOf${cpu}`];

  expect(rule.RuleCondition).toEqual({ 'Fn::Equals': [{ Ref: 'Cpu' }, cpu] });
  const [[{ Assert }]] = [rule.Assertions];
  expect(Assert['Fn::Contains']).toEqual([
    AllowedValues.filter((memory) => Number(memory) >= least && Number(memory) <= most),
    { Ref: 'Memory' },
  ]);
});

test('nobody is subscribed without an address', () => {
  expect(resources({})).not.toHaveProperty('NotificationsByEmail');
  expect(resources({ NotificationEmail: 'a@example.com' })).toHaveProperty('NotificationsByEmail');
});

describeCfnLint(FILE, [
  ['a stop time that Fargate does not give', 'StopTimeout: 120', 'StopTimeout: two minutes'],
  ['a memory that Fargate does not have', 'Default: "2048"', 'Default: "100"'],
  ['a parameter that is not there', '!Ref StreamArn', '!Ref StreamArm'],
  ['a property that is not there', 'ReadonlyRootFilesystem', 'ReadOnlyRootFileSystem'],
]);
