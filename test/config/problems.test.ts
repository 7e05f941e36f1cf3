import { unusable } from '../../src/config/problems.js';
import { load, loadWithArn, problemsOf, STREAM } from './load-helpers.js';

const consumer = 'arn:aws:kinesis:eu-west-1:111122223333:stream/payments/consumer/me:1700000000';

describe('the stream', () => {
  test('without an ARN all three ways to give it are named', () => {
    const [problem, ...rest] = problemsOf(() => load({}));

    expect(problem?.key).toBe('streamArn');
    expect(problem?.message).toMatch(/--stream-arn .*STREAM_ARN.*'streamArn = …' in the properties file/);
    expect(rest).toEqual([]);
  });

  test('a name does not replace the ARN', () => {
    expect(problemsOf(() => load({ properties: 'streamName=orders' }))).toEqual([
      { key: 'streamArn', message: expect.stringContaining('is missing') },
    ]);
  });

  test.each([
    ['a bad ARN', { STREAM_ARN: 'arn:aws:s3:::x' }, 'streamArn (environment STREAM_ARN)', "service is 's3'"],
    ['a consumer ARN', { STREAM_ARN: consumer }, 'streamArn (environment STREAM_ARN)', 'ARN of a consumer'],
  ])('%s is refused', (_, env, key, message) => {
    expect(problemsOf(() => load({ env }))).toEqual([{ key, message: expect.stringContaining(message) }]);
  });
});

test.each([
  ['consumerArn', 'x', "'x' can't be used"],
  ['consumerArn', consumer, `'${consumer}' is the consumer ARN of another stream; expected one`],
  ['regionName', 'us-east-1', "'us-east-1' contradicts streamArn; expected eu-west-1"],
  ['streamName', 'payments', "'payments' contradicts streamArn; expected orders"],
  ['transport', 'pipe', "'pipe' can't be used; expected host | multilang"],
  ['retrievalMode', 'FANOUT', "'FANOUT' needs consumerArn"],
  ['fanoutConfig.consumerArn', consumer, `'${consumer}' would be ignored; give it as consumerArn`],
  ['retrievalMode', 'DEFAULT', "'DEFAULT' can't be used; expected POLLING | FANOUT"],
  ['logLevel', 'loud', 'expected trace'],
  ['initialPositionInStream', 'AT_TIMESTAMP', 'expected TRIM_HORIZON | LATEST'],
  ['checkpointIntervalMs', '-1', "'-1' can't be used; expected whole number of milliseconds, 0 or more"],
  ['checkpointIntervalMs', '10s', "'10s' can't be used"],
  ['checkpointIntervalMs', '1.5', "'1.5' can't be used"],
  ['checkpointIntervalMs', '3000000000', "'3000000000' can't be used"],
  ['httpPort', '65536', "'65536' can't be used; expected whole number, 0 to 65535, or none"],
  ['httpPort', '-1', "'-1' can't be used; expected whole number, 0 to 65535, or none"],
  ['httpHost', 'http://x/', "'http://x/' can't be used; expected IP address or name of this machine"],
  ['maxAttempts', '0', "'0' can't be used; expected whole number, 1 or more"],
  ['onFailure', 'drop', "'drop' can't be used; expected stop | skip | send"],
  ['onFailure', 'send', "'send' needs failureQueueUrl"],
  [
    'failureQueueUrl',
    'https://sqs.eu-west-1.amazonaws.com/222222222222/q',
    'is not used with onFailure = stop',
  ],
  ['shardSyncIntervalMillis', '0', 'expected whole number of milliseconds, 1 or more'],
  ['leaseAssignmentIntervalMillis', '50', 'milliseconds, 100 or more'],
  ['applicationName', 'a b', 'expected 3-255 of'],
  ['applicationName', 'ab', 'expected 3-255 of'],
  ['kinesisEndpoint', 'localhost:4567', 'expected http or https URL'],
  ['callProcessRecordsEvenForEmptyRecordList', 'maybe', 'expected true | false'],
  ['maxRecords', '1O00', "'1O00' can't be used; expected a whole number"],
  ['maxRecords', '10001', "'10001' can't be used; expected a whole number, 10000 at most"],
  ['maxPendingProcessRecordsInput', '0', "'0' can't be used; expected whole number, 1 to 5"],
  ['maxPendingProcessRecordsInput', '6', "'6' can't be used; expected whole number, 1 to 5"],
  ['leaseAssignmentStrategy', 'by hand', 'expected WORKER_UTILIZATION_AWARE | LEASE_COUNT_BASED'],
  ['maxCacheByteSize', '1m', "'1m' can't be used; expected a whole number, 1 to 999999999"],
  ['leaseTableScanTotalSegments', '0', "'0' can't be used; expected a whole number, 1 to 999999999"],
  ['billingMode', 'free', "'free' can't be used; expected PAY_PER_REQUEST | PROVISIONED"],
  ['consistentReads', 'maybe', 'expected true or false'],
  ['workerMetricsEMAAlpha', 'half', 'expected a number'],
  ['disableWorkerMetrics', 'maybe', 'expected true or false'],
  ['handler', ' ', 'is empty'],
  ['maxRecords', '', 'is empty'],
])('%s = %p is refused', (key, text, message) => {
  const problems = problemsOf(() => loadWithArn({ properties: `${key} = ${text}` }));

  expect(problems).toEqual([
    { key: `${key} (consumer.properties, line 1)`, message: expect.stringContaining(message) },
  ]);
});

describe('a first position by time', () => {
  const problemOf = (key: string, text: string) => {
    const [problem, ...others] = problemsOf(() => loadWithArn({ properties: `${key} = ${text}` }));
    expect(others).toEqual([]);
    return problem?.message;
  };
  const extended = (text: string) => problemOf('initialPositionInStreamExtended', text);

  test('in the future is refused, with both times', () => {
    const inAMinute = Math.floor(Date.now() / 1000) + 60;
    const message = extended(String(inAMinute));

    const [given, now] = [...(message ?? '').matchAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g)].map(([time]) =>
      Date.parse(time),
    );
    expect(message).toMatch(
      /^'\d+' can't be used: it is in the future, at \S+; expected seconds since 1970, which are \d+ now, at \S+$/,
    );
    expect(given).toBe(inAMinute * 1000);
    expect(now).toBeLessThanOrEqual(Date.now());
    expect(now).toBeGreaterThan(Date.now() - 3_600_000);
  });

  test.each([
    ['1700000000123', 'it looks like milliseconds, of which the seconds are 1700000000'],
    ['1700000000123456', 'it looks like microseconds, of which the seconds are 1700000000'],
    ['1700000000123456789', 'it looks like nanoseconds, of which the seconds are 1700000000'],
    ['2023-11-14T22:13:20Z', 'as seconds it is 1700000000'],
    ['1700000000.5', 'it is not a number'],
    ['yesterday', 'it is not a number'],
    ['0', 'KCL needs a time above 0'],
  ])('as %s is refused, with the seconds', (text, message) => {
    expect(extended(text)).toContain(`'${text}' can't be used: ${message}; expected seconds since 1970`);
  });

  test('of one of several streams is refused as well', () => {
    const properties = `streams.1.streamArn = ${STREAM}\nstreams.1.initialPositionInStreamExtended = 1700000000123`;

    expect(problemsOf(() => load({ properties }))).toEqual([
      {
        key: 'streams.1.initialPositionInStreamExtended (consumer.properties, line 2)',
        message: expect.stringContaining('of which the seconds are 1700000000'),
      },
    ]);
  });

  test('is asked for where AT_TIMESTAMP is given: the key that is meant is named', () => {
    expect(problemOf('initialPositionInStream', 'AT_TIMESTAMP')).toBe(
      "'AT_TIMESTAMP' can't be used: give the time instead, as initialPositionInStreamExtended " +
        '(INITIAL_POSITION_IN_STREAM_EXTENDED), in seconds since 1970; expected TRIM_HORIZON | LATEST',
    );
    const env = { STREAMS_2_STREAM_ARN: STREAM, STREAMS_2_INITIAL_POSITION_IN_STREAM: 'at_timestamp' };
    expect(problemsOf(() => load({ env }))).toEqual([
      {
        key: expect.stringContaining('STREAMS_2_INITIAL_POSITION_IN_STREAM'),
        message: expect.stringContaining(
          'as streams.2.initialPositionInStreamExtended (STREAMS_2_INITIAL_POSITION_IN_STREAM_EXTENDED)',
        ),
      },
    ]);
  });
});

/** Java refuses it; the parser would have read C:usersme. Found by fuzzing. */
test.each(['C:\\users\\me', '\\\\\\u00'])('a malformed \\u in %s is refused', (text) => {
  expect(problemsOf(() => loadWithArn({ properties: `workerId = ${text}` }))).toEqual([
    {
      key: 'workerId (consumer.properties, line 1)',
      message: 'has a \\u without four hexadecimal digits; write \\\\ for a backslash',
    },
  ]);
});

test.each(['C:\\\\users', '\\u00e9'])('%s is none', (text) => {
  expect(problemsOf(() => loadWithArn({ properties: `workerId = ${text}` }))).toEqual([]);
});

/** As in Java. Found by fuzzing: the parser took `\` and a lone carriage return for the value's own. */
test('a lone carriage return ends a line, also a continued one', () => {
  const properties = 'workerId = a\\\r  b\rmaxRecord = 1';

  expect(problemsOf(() => loadWithArn({ properties }))).toMatchObject([
    { key: 'maxRecord (consumer.properties, line 3)' },
  ]);
  expect(loadWithArn({ properties: 'workerId = a\\\r  b\rmaxRecords = 1' }).kclProperties).toMatchObject({
    workerId: 'ab',
    maxRecords: '1',
  });
});

test("a queue of another partition than the stream's is refused", () => {
  const url = 'https://sqs.cn-north-1.amazonaws.com.cn/222222222222/failed';
  const properties = `onFailure = send\nfailureQueueUrl = ${url}`;

  expect(problemsOf(() => loadWithArn({ properties }))).toEqual([
    {
      key: 'failureQueueUrl (consumer.properties, line 2)',
      message: `'${url}' is a queue of aws-cn, where credentials for the stream (aws) are not known`,
    },
  ]);
});

test('a failureQueueUrl that is no URL of a queue is refused', () => {
  const properties = 'onFailure = send\nfailureQueueUrl = failed';

  expect(problemsOf(() => loadWithArn({ properties }))).toEqual([
    {
      key: 'failureQueueUrl (consumer.properties, line 2)',
      message: expect.stringContaining(
        "'failed' can't be used: it is not a URL; expected https://sqs.<region>",
      ),
    },
  ]);
});

describe('unknown keys', () => {
  test.each([
    [{ properties: 'maxRecord = 1' }, 'maxRecord (consumer.properties, line 1)', 'did you mean maxRecords?'],
    [{ properties: 'streamARN = x' }, 'streamARN (consumer.properties, line 1)', 'did you mean streamArn?'],
    [{ properties: 'xyzzy = 1' }, 'xyzzy (consumer.properties, line 1)', 'is unknown'],
    [{ set: ['fanoutConfig.consumerARM=1'] }, '--set fanoutConfig.consumerARM', 'fanoutConfig.consumerArn?'],
    [{ set: ['awsCredentialsProvider.x=1'] }, '--set awsCredentialsProvider.x', 'awsCredentialsProvider?'],
    [{ env: { KCL_MAX_RECORD: '1' } }, 'environment KCL_MAX_RECORD', 'did you mean KCL_MAX_RECORDS?'],
    [{ env: { KCL_CONSUMER_ARN: '1' } }, 'environment KCL_CONSUMER_ARN', 'did you mean CONSUMER_ARN?'],
    [{ flags: { streamArm: '1' } }, '--stream-arm', 'did you mean --stream-arn?'],
  ])('%j', (input, key, message) => {
    expect(problemsOf(() => loadWithArn(input))).toEqual([
      { key, message: expect.stringContaining(message) },
    ]);
  });

  test('other variables of the environment are no business of ours', () => {
    expect(problemsOf(() => loadWithArn({ env: { PATH: '', HOME: 'x', MAX_RECORDS: '1' } }))).toEqual([]);
  });
});

describe('given twice', () => {
  test.each([
    [
      { properties: 'logLevel=info\n\nlogLevel=info' },
      'logLevel (consumer.properties, line 3)',
      'logLevel (consumer.properties, line 1)',
    ],
    [
      { properties: 'AwsCredentialsProvider=A\nawsCredentialsProvider=A' },
      'awsCredentialsProvider (consumer.properties, line 2)',
      'AwsCredentialsProvider (consumer.properties, line 1)',
    ],
    [
      { env: { METRICS_LEVEL: 'NONE', KCL_METRICS_LEVEL: 'NONE' } },
      'metricsLevel (environment KCL_METRICS_LEVEL)',
      'metricsLevel (environment METRICS_LEVEL)',
    ],
    [{ flags: { logLevel: 'info' }, set: ['logLevel=warn'] }, '--set logLevel', '--log-level'],
    [{ set: ['maxRecords=1', 'maxRecords=2'] }, '--set maxRecords', '--set maxRecords'],
  ])('%j', (input, key, other) => {
    expect(problemsOf(() => loadWithArn(input))).toEqual([
      { key, message: `is given twice; the other is ${other}` },
    ]);
  });

  test('a position and a time contradict each other', () => {
    const properties = 'initialPositionInStream=LATEST\ninitialPositionInStreamExtended=1';

    expect(problemsOf(() => loadWithArn({ properties }))).toEqual([
      {
        key: 'initialPositionInStream (consumer.properties, line 1)',
        message: expect.stringContaining('contradicts initialPositionInStreamExtended'),
      },
    ]);
  });
});

test('a file that is not there is named', () => {
  expect(problemsOf(() => loadWithArn({ file: 'no/such.properties' }))).toEqual([
    { key: 'no/such.properties', message: expect.stringMatching(/^can't be read: ENOENT/) },
  ]);
});

test('--set without = is refused, and its text is not repeated', () => {
  expect(problemsOf(() => loadWithArn({ set: ['awsCredentialsProvider:hush'] }))).toEqual([
    { key: '--set', message: 'expected key=value' },
  ]);
});

test('everything is reported at once, each with its source', () => {
  const run = () =>
    load({
      properties: 'applicationName = ?\nmaxRecrods = 1\nregionName = us-east-1\nmaxActiveThreads = many',
      env: { STREAM_ARN: STREAM, CONSUMER_ARN: consumer, KCL_FOO_BAR_BAZ: '1', LOG_LEVEL: '' },
      flags: { transport: 'pipe' },
    });

  expect(
    problemsOf(run)
      .map(({ key }) => key)
      .sort(),
  ).toEqual([
    '--transport',
    'applicationName (consumer.properties, line 1)',
    'consumerArn (environment CONSUMER_ARN)',
    'environment KCL_FOO_BAR_BAZ',
    'logLevel (environment LOG_LEVEL)',
    'maxActiveThreads (consumer.properties, line 4)',
    'maxRecrods (consumer.properties, line 2)',
    'regionName (consumer.properties, line 3)',
  ]);
  expect(run).toThrow(/^the configuration can't be used:\n( {2}.+\n){7} {2}.+$/);
});

test('values that may be credentials are never shown', () => {
  const hush = 'Static|AKIAIOSFODNN7EXAMPLE|hush';
  const properties = `AwsCredentialsProvider=${hush}\nawsCredentialsProvider=${hush}\nawsCredentialProvider=${hush}`;
  const env = { KCL_AWS_CREDENTIALS_PROVIDER_DYNAMO: hush };

  const problems = problemsOf(() => loadWithArn({ properties, env }));

  expect(problems).toHaveLength(3);
  expect(JSON.stringify(problems)).not.toContain('hush');
});

test('nor would they be if such a key had a form to break', () => {
  const given = { key: 'awsCredentialsProvider', text: 'hush', label: '--aws-credentials-provider' };

  expect(unusable(given, 'a class')).toBe("its value can't be used; expected a class");
});
