import { tmpdir } from 'node:os';
import { load, loadWithArn, STREAM } from './load-helpers.js';

describe('defaults', () => {
  test('an ARN alone is enough', () => {
    const { config, notices } = loadWithArn({});

    expect(config).toEqual({
      streams: [
        {
          stream: {
            arn: STREAM,
            partition: 'aws',
            region: 'eu-west-1',
            account: '111122223333',
            streamName: 'orders',
          },
          consumer: undefined,
          creationEpoch: undefined,
          initialPosition: undefined,
        },
      ],
      allowEpochChange: false,
      formerStreamsLeaseRetentionMs: 86_400_000,
      tables: {
        lease: 'cross-account-kcl-111122223333-orders',
        coordinatorState: 'cross-account-kcl-111122223333-orders-CoordinatorState',
        workerMetrics: 'cross-account-kcl-111122223333-orders-WorkerMetricStats',
      },
      migratesTables: false,
      pointInTimeRecovery: false,
      leaseWrites: { failoverTimeMillis: 10_000, newTableUnits: undefined },
      leaseTableRegion: 'eu-west-1',
      javaCredentials: false,
      transport: 'host',
      handlerTimeoutMs: 300_000,
      httpHost: '127.0.0.1',
      maxAttempts: 10,
      retryDelayMs: 200,
      retryMaxDelayMs: 30_000,
      onFailure: 'stop',
      checkpointIntervalMs: 10_000,
      checkpointRecords: 10_000,
      stallWarningMs: 60_000,
      initialLeaseSyncMaxWaitMs: 1_000,
      runDirectory: tmpdir(),
      logLevel: 'info',
      logFormat: 'auto',
      applicationName: 'cross-account-kcl-111122223333-orders',
      regionName: 'eu-west-1',
      initialPositionInStream: 'TRIM_HORIZON',
      metricsLevel: 'DETAILED',
      preflight: 'require',
      shutdownGraceMillis: 30_000,
      callProcessRecordsEvenForEmptyRecordList: true,
      shardSyncIntervalMillis: 1_000,
      leaseAssignmentIntervalMillis: 2_000,
      varianceBalancingFrequency: 30,
    });
    expect(notices).toEqual([]);
  });

  test('KCL gets our defaults, and no key that Node alone reads', () => {
    expect(loadWithArn({ flags: { handler: 'h.js', logLevel: 'debug' } }).kclProperties).toEqual({
      applicationName: 'cross-account-kcl-111122223333-orders',
      regionName: 'eu-west-1',
      initialPositionInStream: 'TRIM_HORIZON',
      awsCredentialsProvider: 'DefaultCredentialsProvider',
      metricsLevel: 'DETAILED',
      shutdownGraceMillis: '30000',
      callProcessRecordsEvenForEmptyRecordList: 'true',
      shardSyncIntervalMillis: '1000',
      leaseAssignmentIntervalMillis: '2000',
      varianceBalancingFrequency: '30',
    });
  });

  test('rebalancing stays at once a minute for another assignment interval', () => {
    const { config, kclProperties } = loadWithArn({ flags: { leaseAssignmentIntervalMillis: '20000' } });

    expect(config.varianceBalancingFrequency).toBe(3);
    expect(kclProperties.varianceBalancingFrequency).toBe('3');
  });

  test('initialPositionInStream is left out when a time is given', () => {
    const { config, kclProperties } = loadWithArn({
      properties: 'initialPositionInStreamExtended = 1700000000',
    });

    expect(config.initialPositionInStream).toBeUndefined();
    expect(kclProperties).toMatchObject({ initialPositionInStreamExtended: '1700000000' });
    expect(kclProperties).not.toHaveProperty('initialPositionInStream');
  });

  test('no provider is added to one that is given by its properties', () => {
    const set = ['kinesisCredentialsProvider.class=ProfileCredentialsProvider'];

    expect(loadWithArn({ set }).kclProperties).not.toHaveProperty('awsCredentialsProvider');
  });
});

describe('precedence', () => {
  test('flags over environment over file over default', () => {
    const properties = `streamArn=${STREAM}\nlogLevel=trace\ntransport=multilang\nlogFormat=json`;
    const env = { LOG_LEVEL: 'warn', TRANSPORT: 'host' };

    const { config, sources } = load({ properties, env, flags: { logLevel: 'error', handler: undefined } });

    expect(config).toMatchObject({
      logLevel: 'error',
      transport: 'host',
      logFormat: 'json',
      metricsLevel: 'DETAILED',
    });
    expect(sources).toEqual({
      streamArn: 'streamArn (consumer.properties, line 1)',
      logLevel: '--log-level',
      transport: 'transport (environment TRANSPORT)',
      logFormat: 'logFormat (consumer.properties, line 4)',
    });
  });

  test('holds for stock keys, by --set and KCL_', () => {
    const properties = 'maxRecords=1\nfailoverTimeMillis=1\nmaxLeasesForWorker=1';
    const env = { KCL_MAX_RECORDS: '2', KCL_FAILOVER_TIME_MILLIS: '2' };

    const { kclProperties } = loadWithArn({ properties, env, set: ['maxRecords=3'] });

    expect(kclProperties).toMatchObject({
      maxRecords: '3',
      failoverTimeMillis: '2',
      maxLeasesForWorker: '1',
    });
  });

  test('a position in the environment overrides a time in the file, and the other way round', () => {
    const time = 'initialPositionInStreamExtended=1700000000';
    const later = loadWithArn({ properties: time, env: { INITIAL_POSITION_IN_STREAM: 'LATEST' } });
    const earlier = loadWithArn({ properties: 'initialPositionInStream=LATEST', set: [time] });

    expect(later.kclProperties).toMatchObject({ initialPositionInStream: 'LATEST' });
    expect(later.kclProperties).not.toHaveProperty('initialPositionInStreamExtended');
    expect(earlier.kclProperties).toMatchObject({ initialPositionInStreamExtended: '1700000000' });
    expect(earlier.kclProperties).not.toHaveProperty('initialPositionInStream');
  });

  test('commander names --dynamo-db-endpoint dynamoDbEndpoint', () => {
    const { config } = loadWithArn({ flags: { dynamoDbEndpoint: 'http://localhost:8000' } });

    expect(config.dynamoDBEndpoint).toBe('http://localhost:8000');
  });
});

describe('values', () => {
  test('settings of KCL that the stock daemon has no keys for reach it from wherever they are given', () => {
    const properties = 'maxPendingProcessRecordsInput = 1\nmaxCacheByteSize = 1048576';
    const env = { LEASE_ASSIGNMENT_STRATEGY: 'lease_count_based', KCL_MAX_RECORDS_COUNT: '500' };
    const { kclProperties } = loadWithArn({ properties, env, set: ['billingMode=PROVISIONED'] });

    expect(kclProperties).toMatchObject({
      maxPendingProcessRecordsInput: '1',
      maxCacheByteSize: '1048576',
      leaseAssignmentStrategy: 'lease_count_based',
      maxRecordsCount: '500',
      billingMode: 'PROVISIONED',
    });
  });

  test('stock values pass unchanged, options in any case', () => {
    const properties = 'metricsEnabledDimensions = Operation, ShardId \nmetricsLevel = summary';

    const { config, kclProperties } = loadWithArn({ properties, set: ['kinesisClient.httpClient= x'] });

    expect(kclProperties).toMatchObject({
      metricsEnabledDimensions: 'Operation, ShardId ',
      metricsLevel: 'summary',
      'kinesisClient.httpClient': ' x',
    });
    expect(config.metricsLevel).toBe('SUMMARY');
  });

  test('the provider key may have any case, and the config does not hold its value', () => {
    const { config, kclProperties } = loadWithArn({
      properties: 'AWSCredentialsProvider=Static|key|hush\nAwsCredentialsProviderDynamoDB=Other',
    });

    expect(kclProperties).toMatchObject({
      awsCredentialsProvider: 'Static|key|hush',
      awsCredentialsProviderDynamoDB: 'Other',
    });
    expect(JSON.stringify(config)).not.toContain('hush');
  });

  test.each([
    ['escapes and continuation lines', 'handler = a\\\n   b\\u0041\\tc', 'abA\tc'],
    ['a colon as separator', 'handler:a=b', 'a=b'],
    ['a space as separator', 'handler a', 'a'],
    ['UTF-8', 'handler = pé漢', 'pé漢'],
    ['Latin-1', Buffer.from('handler = pé', 'latin1'), 'pé'],
  ])('the file may have %s', (_, properties, handler) => {
    expect(loadWithArn({ properties }).config.handler).toBe(handler);
  });

  test.each(['yes', 'ON', '1', 'True'])('%s is true, as in KCL', (text) => {
    const set = [`callProcessRecordsEvenForEmptyRecordList=${text}`];

    expect(loadWithArn({ set }).config.callProcessRecordsEvenForEmptyRecordList).toBe(true);
  });

  test('a consumer ARN belongs to its stream', () => {
    const consumer = `${STREAM}/consumer/me:1700000000`;
    const { config, notices } = loadWithArn({ env: { CONSUMER_ARN: consumer } });

    expect(config.streams[0].consumer).toMatchObject({ consumerName: 'me', creationEpoch: 1_700_000_000 });
    expect(notices).toEqual([]);
  });

  test("executableName and processingLanguage are dropped with a notice, the stream's own name without", () => {
    const { kclProperties, notices } = loadWithArn({
      properties: 'executableName = node app.js\nprocessingLanguage = nodejs\nstreamName = orders',
    });

    expect(Object.keys(kclProperties)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/executableName|processingLanguage|streamName/)]),
    );
    expect(notices).toEqual([
      'executableName (consumer.properties, line 1) is ignored: the launcher starts Node itself',
      'processingLanguage (consumer.properties, line 2) is ignored: the launcher starts Node itself',
    ]);
  });
});

test.each(['workerIdentifier', 'workerId'])('%s is warned of where it is set', (key) => {
  const { kclProperties, notices } = loadWithArn({ properties: `${key} = orders-0` });
  expect(kclProperties[key]).toBe('orders-0');
  expect(notices).toEqual([
    expect.stringMatching(
      `^${key} \\(consumer.properties, line 1\\) is set: it must be another one in each worker`,
    ),
  ]);
});

test('httpPort = none is no HTTP server, as the image needs it', () => {
  expect(loadWithArn({ env: { HTTP_PORT: 'none' } }).config.httpPort).toBeUndefined();
  expect(loadWithArn({ env: { HTTP_PORT: '8080' } }).config.httpPort).toBe(8080);
});
