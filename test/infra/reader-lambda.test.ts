import { printPolicies } from '../../src/cli/policy-print.js';
import { loadLambdaConfig } from '../../src/lambda/lambda-config.js';
import { timeNotice } from '../../src/lambda/time-notice.js';
import { PARTITIONS } from '../aws/helpers/partitions.js';
import { pseudoOf, readTemplate, resolveTemplate } from './helpers/cloudformation.js';
import { describeCfnLint } from './helpers/linter.js';

const FILE = 'infra/reader-lambda.yaml';
const template = readTemplate(FILE);

const STREAM = 'arn:aws:kinesis:eu-west-1:111111111111:stream/orders';
const CONSUMER = `${STREAM}/consumer/shared:1700000000`;
const KEY = 'arn:aws:kms:eu-west-1:111111111111:key/be0efb5e-6b27-49ba-9b41-046b76a312d9';

const resources = (parameters: Record<string, string>) =>
  resolveTemplate(template, {
    StreamArn: STREAM,
    CodeBucket: 'code',
    CodeKey: 'function-1.zip',
    Mapping: 'none',
    ...parameters,
  });
const mapping = (parameters: Record<string, string>) =>
  resources({ Mapping: 'enabled', ...parameters }).EventSourceMapping.Properties;
const environment = (parameters: Record<string, string>) =>
  resources(parameters).Function.Properties.Environment.Variables;

/** The reader's statements, as the tool prints them for the same input. */
function printed(share: { streamArn: string; consumerArn?: string; keyArn?: string }, partition = 'aws') {
  const failureQueue = `arn:${partition}:sqs:eu-west-1:222222222222:orders-failed`;
  const text = printPolicies({
    for: 'lambda',
    reader: `arn:${partition}:iam::222222222222:role/orders-function`,
    failureQueue,
    only: 'reader',
    output: 'json',
    ...share,
  });
  return JSON.parse(text.replaceAll(failureQueue, `\${FailureQueue.Arn}`)).readerPolicy;
}

describe("the role's policy is the one that `policy print --for lambda` prints", () => {
  test.each([
    ['a stream', {}, {}],
    ['a consumer', { ConsumerArn: CONSUMER }, { consumerArn: CONSUMER }],
    ['a key', { KeyArn: KEY }, { keyArn: KEY }],
    ['all of them', { ConsumerArn: CONSUMER, KeyArn: KEY }, { consumerArn: CONSUMER, keyArn: KEY }],
  ])('for %s', (_what, parameters, share) => {
    const [policy] = resources(parameters).Role.Properties.Policies;
    expect(policy.PolicyDocument).toEqual(printed({ streamArn: STREAM, ...share }));
  });

  test.each(PARTITIONS)('for a key in %s', (partition, region) => {
    const there = (arn: string) => arn.replace('arn:aws:', `arn:${partition}:`).replace('eu-west-1', region);
    const [policy] = resources({
      ...pseudoOf(region),
      StreamArn: there(STREAM),
      KeyArn: there(KEY),
    }).Role.Properties.Policies;
    expect(policy.PolicyDocument).toEqual(
      printed({ streamArn: there(STREAM), keyArn: there(KEY) }, partition),
    );
  });

  test('and beside it there is the right to write its log alone', () => {
    const { Policies, ...properties } = resources({}).Role.Properties;
    expect(properties).not.toHaveProperty('ManagedPolicyArns');
    expect(Policies).toHaveLength(2);
    expect(Policies[1].PolicyDocument.Statement).toEqual([
      {
        Sid: 'WriteLog',
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: `\${LogGroup.Arn}`,
      },
    ]);
  });
});

describe('who may be the role', () => {
  const trusted = (parameters: Record<string, string>) =>
    resources(parameters).Role.Properties.AssumeRolePolicyDocument.Statement.map(
      ({ Principal }: { Principal: object }) => Principal,
    );

  test('is Lambda', () => {
    expect(trusted({})).toEqual([{ Service: 'lambda.amazonaws.com' }]);
  });

  test('is who runs preflight too, if given', () => {
    const operator = 'arn:aws:iam::222222222222:role/operator';
    expect(trusted({ PreflightPrincipalArn: operator })).toEqual([
      { Service: 'lambda.amazonaws.com' },
      { AWS: operator },
    ]);
  });
});

describe('the function', () => {
  test('is told of the stream', () => {
    expect(environment({})).toEqual({
      STREAM_ARN: STREAM,
      HANDLER_TIMEOUT_MS: 5_000,
      MAX_ATTEMPTS: 5,
      ON_FAILURE: 'stop',
      LOG_LEVEL: 'info',
    });
  });

  test('is told of the consumer, and of the queue if it sends', () => {
    const parameters = {
      ConsumerArn: CONSUMER,
      HandlerTimeoutMs: '1000',
      MaxAttempts: '2',
      OnFailure: 'send',
      LogLevel: 'debug',
    };
    expect(environment(parameters)).toEqual({
      STREAM_ARN: STREAM,
      CONSUMER_ARN: CONSUMER,
      HANDLER_TIMEOUT_MS: '1000',
      MAX_ATTEMPTS: '2',
      ON_FAILURE: 'send',
      FAILURE_QUEUE_URL: `\${FailureQueue}`,
      LOG_LEVEL: 'debug',
    });
  });

  test('has time for all attempts at a record that takes too long', () => {
    const { Timeout } = template.Parameters as Record<string, { Default: number }>;
    const timeoutMs = (Timeout?.Default ?? 0) * 1_000;
    const set = Object.entries(environment({ OnFailure: 'skip' }));
    const { config } = loadLambdaConfig(
      Object.fromEntries(set.map(([name, value]) => [name, String(value)])),
    );
    // It aborts what is at hand a second before its timeout.
    expect(timeNotice({ ...config, onFailure: 'skip' }, timeoutMs - 1_000)).toBeUndefined();
  });

  test('is the bundle of S3', () => {
    expect(resources({}).Function.Properties).toMatchObject({
      Handler: 'index.handler',
      Code: { S3Bucket: 'code', S3Key: 'function-1.zip' },
      Runtime: expect.stringMatching(/^nodejs2[24]\.x$/),
    });
  });
});

describe('the mapping', () => {
  test('is not made before it is asked for, and nothing that needs it', () => {
    expect(Object.keys(resources({ NotificationEmail: 'a@example.com' })).sort()).toEqual([
      'FailureQueue',
      'Function',
      'LogGroup',
      'Role',
    ]);
  });

  test('reads the stream, or the consumer', () => {
    expect(mapping({}).EventSourceArn).toBe(STREAM);
    expect(mapping({ ConsumerArn: CONSUMER }).EventSourceArn).toBe(CONSUMER);
  });

  test('can be held without losing its position', () => {
    expect(mapping({}).Enabled).toBe(true);
    expect(mapping({ Mapping: 'disabled' }).Enabled).toBe(false);
  });

  test('has the record that failed tried again without end, and what is given up named in the queue', () => {
    expect(mapping({})).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: `\${FailureQueue.Arn}` } },
      TumblingWindowInSeconds: 0,
      StartingPosition: 'TRIM_HORIZON',
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: '-1',
      MetricsConfig: { Metrics: ['EventCount'] },
      ParallelizationFactor: 1,
    });
  });

  test('takes what it is given', () => {
    const given = {
      StartingPosition: 'LATEST',
      MaximumRetryAttempts: '3',
      MaximumRecordAgeInSeconds: '3600',
      ParallelizationFactor: '2',
      BatchSize: '500',
      MaximumBatchingWindowInSeconds: '5',
    };
    expect(mapping(given)).toMatchObject(given);
  });

  test('has a filter and a time to begin at only if they are given', () => {
    expect(mapping({ StartingPositionTimestamp: '1700000000' })).not.toHaveProperty(
      'StartingPositionTimestamp',
    );
    expect(mapping({})).not.toHaveProperty('FilterCriteria');
    const pattern = '{"partitionKey":["customer-7"]}';
    expect(
      mapping({
        FilterPattern: pattern,
        StartingPosition: 'AT_TIMESTAMP',
        StartingPositionTimestamp: '1700000000',
      }),
    ).toMatchObject({
      FilterCriteria: { Filters: [{ Pattern: pattern }] },
      StartingPositionTimestamp: '1700000000',
    });
  });
});

test.each([
  ['-1', true],
  ['60', true],
  ['86400', true],
  ['604799', true],
  ['604800', true],
  ['604801', false],
  ['999999', false],
  ['0', false],
  ['59', false],
  ['-2', false],
  ['1 day', false],
])('MaximumRecordAgeInSeconds %s: %s', (value, taken) => {
  const { AllowedPattern } = template.Parameters.MaximumRecordAgeInSeconds as { AllowedPattern: string };
  expect(new RegExp(`^(?:${AllowedPattern})$`).test(value)).toBe(taken);
});

test.each([
  ['Behind', 'AWS/Lambda', 'IteratorAge'],
  ['InvocationsFail', 'AWS/Lambda', 'Errors'],
  ['RecordsLost', 'AWS/Lambda', 'DestinationDeliveryFailures'],
  ['RecordsFailed', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible'],
])('the alarm %s may tell the topic', (name, Namespace, MetricName) => {
  const { NotificationsPolicy, ...made } = resources({ Mapping: 'enabled' });
  expect(made[name].Properties).toMatchObject({
    Namespace,
    MetricName,
    ComparisonOperator: 'GreaterThanThreshold',
    AlarmActions: [`\${Notifications}`],
  });
  const [statement] = NotificationsPolicy.Properties.PolicyDocument.Statement;
  expect(statement.Condition.ArnEquals['aws:SourceArn']).toContain(`\${${name}.Arn}`);
});

test('an alarm tells of a mapping that does not read, while it should', () => {
  const { NotPolled, NotificationsPolicy } = resources({ Mapping: 'enabled' });
  expect(NotPolled.Properties).toMatchObject({
    MetricName: 'PolledEventCount',
    Statistic: 'SampleCount',
    ComparisonOperator: 'LessThanThreshold',
    Threshold: 1,
    TreatMissingData: 'breaching',
    Dimensions: [{ Name: 'EventSourceMappingUUID', Value: `\${EventSourceMapping}` }],
  });
  const [statement] = NotificationsPolicy.Properties.PolicyDocument.Statement;
  expect(statement.Condition.ArnEquals['aws:SourceArn']).toContain(`\${NotPolled.Arn}`);

  const paused = resources({ Mapping: 'disabled' });
  expect(paused).not.toHaveProperty('NotPolled');
  expect(JSON.stringify(paused)).not.toContain('NotPolled');
});

test.each([
  ['infra/reader-lambda.yaml', 'Mapping'],
  ['infra/reader-ecs.yaml', 'RunService'],
  ['infra/owner.yaml', 'KclReaderArns'],
  ['infra/owner.yaml', 'LambdaReaderArns'],
])('%s: an update that leaves %s out is refused', (file, name) => {
  expect(readTemplate(file).Parameters).toHaveProperty(name);
  expect(readTemplate(file).Parameters[name]).not.toHaveProperty('Default');
});

test('nobody is subscribed without an address', () => {
  expect(resources({ Mapping: 'enabled' })).not.toHaveProperty('NotificationsByEmail');
  expect(resources({ Mapping: 'enabled', NotificationEmail: 'a@example.com' })).toHaveProperty(
    'NotificationsByEmail',
  );
});

test.each(['FailureQueue', 'LogGroup'])('%s outlives the stack', (name) => {
  expect(template.Resources[name]).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate' });
});

describeCfnLint(FILE, [
  ['a runtime that Lambda does not have', 'nodejs24.x', 'nodejs25.x'],
  ['a parameter that is not there', '!Ref StreamArn', '!Ref StreamArm'],
  ['a property that is not there', 'BisectBatchOnFunctionError', 'BisectBatchOnError'],
  ['a response type that is not there', '[ReportBatchItemFailures]', '[ReportBatchItemFailure]'],
  ['a condition that is not there', 'Condition: Mapped', 'Condition: Maped'],
  ['a starting position that is not there', 'Default: TRIM_HORIZON', 'Default: HORIZON'],
]);
