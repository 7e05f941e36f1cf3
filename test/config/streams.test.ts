import { load, loadWithArn, problemsOf, STREAM } from './load-helpers.js';

const ARNS = ['111111111111', '333333333333'].map((account) => STREAM.replace('111122223333', account));
const [FIRST = '', SECOND = ''] = ARNS;
const BOTH = `streams.1.streamArn=${FIRST}\nstreams.2.streamArn=${SECOND}\napplicationName=app\n`;

describe('a creation epoch', () => {
  test('is none unless it is given: the stream is tracked by its ARN alone', () => {
    expect(loadWithArn({}).config.streams[0].creationEpoch).toBeUndefined();
  });

  test('is found out or given in seconds', () => {
    const epoch = (streamCreationEpoch: string) =>
      loadWithArn({ flags: { streamCreationEpoch } }).config.streams[0].creationEpoch;

    expect(epoch('auto')).toBe('auto');
    expect(epoch('1700000000')).toBe(1_700_000_000);
  });

  test.each([
    ['0', 'KCL needs a creation epoch above 0'],
    ['-1700000000', 'KCL needs a creation epoch above 0'],
    ['1700000000123', 'it looks like milliseconds, of which the seconds are 1700000000'],
    ['99999999999', 'it is in the future, at 5138-11-16T09:46:39.000Z'],
    ['yesterday', 'it is not a number'],
    ['1.7e9', 'it is not a number'],
  ])('%s is refused', (text, reason) => {
    expect(problemsOf(() => loadWithArn({ env: { STREAM_CREATION_EPOCH: text } }))).toEqual([
      {
        key: 'streamCreationEpoch (environment STREAM_CREATION_EPOCH)',
        message: `'${text}' can't be used: ${reason}; expected auto, or the seconds since 1970 above 0`,
      },
    ]);
  });
});

describe('several streams', () => {
  test('each has its own epoch, consumer and initial position', () => {
    const { config } = load({
      properties: `${BOTH}
streams.1.streamCreationEpoch = 1700000000
streams.1.initialPositionInStream = latest
streams.2.consumerArn = ${SECOND}/consumer/me:1700000001
streams.2.initialPositionInStreamExtended = 1700000002
`,
    });

    expect(config.streams).toEqual([
      {
        stream: expect.objectContaining({ arn: FIRST }),
        consumer: undefined,
        creationEpoch: 1_700_000_000,
        initialPosition: 'LATEST',
      },
      {
        stream: expect.objectContaining({ arn: SECOND }),
        consumer: expect.objectContaining({ consumerName: 'me' }),
        creationEpoch: 'auto',
        initialPosition: '1700000002',
      },
    ]);
  });

  test('come from the environment too, and any source overrides a single key', () => {
    const { config } = load({
      properties: BOTH,
      env: { STREAMS_2_STREAM_CREATION_EPOCH: '1700000000', STREAMS_3_STREAM_ARN: `${FIRST}-3` },
      set: ['streams.2.streamCreationEpoch=auto'],
    });

    expect(config.streams.map(({ stream }) => stream.arn)).toEqual([FIRST, SECOND, `${FIRST}-3`]);
    expect(config.streams[1]?.creationEpoch).toBe('auto');
  });

  test('a hundred stay in the order of their numbers, and share the second of the shard syncs', () => {
    const set = Array.from({ length: 100 }, (_, n) => `streams.${100 - n}.streamArn=${STREAM}-${100 - n}`);
    const { config } = load({ set, flags: { applicationName: 'app' } });

    expect(config.streams.map(({ stream }) => stream.streamName)).toEqual(
      Array.from({ length: 100 }, (_, n) => `orders-${n + 1}`),
    );
    expect(config.shardSyncIntervalMillis).toBe(10);
  });

  test('their keys do not reach KCL', () => {
    expect(Object.keys(load({ properties: BOTH }).kclProperties).join()).not.toContain('streams.');
  });

  test.each([
    [
      `streams.2.streamArn=${FIRST}`,
      'streams.2.streamArn',
      'is given twice; the other is streams.1.streamArn',
    ],
    ['streams.2.consumerArn=x', 'streams.2.consumerArn', "'x' can't be used"],
    [
      `streams.2.consumerArn=${FIRST}/consumer/me:1700000000`,
      'streams.2.consumerArn',
      `is the consumer ARN of another stream; expected one that starts with ${SECOND}`,
    ],
    [
      `streams.2.consumerArn=${SECOND}/consumer/me`,
      'streams.2.consumerArn',
      'the creation timestamp at its end is missing',
    ],
    [
      `streams.2.streamArn=${SECOND.replace('eu-west-1', 'us-east-1')}`,
      'streams.2.streamArn',
      'is in another region than streams.1.streamArn (eu-west-1); run an application for each region',
    ],
    ['streams.2.streamCreationEpoch=0', 'streams.2.streamCreationEpoch', 'above 0'],
    ['streams.3.streamCreationEpoch=auto', 'streams.3.streamArn', 'is missing; give it as'],
    ['streams.2.streamARN=x', 'streams.2.streamARN', 'did you mean streams.2.streamArn?'],
    ['streams.2.maxRecords=5', 'streams.2.maxRecords', 'is unknown'],
    [
      `streamArn=${STREAM}`,
      'streamArn',
      "can't stand beside streams.1.streamArn; give it as streams.<n>.streamArn",
    ],
    ['streamCreationEpoch=auto', 'streamCreationEpoch', "can't stand beside streams.1.streamArn"],
    ['retrievalMode=FANOUT', 'retrievalMode', 'needs streams.1.consumerArn'],
    ['regionName=us-east-1', 'regionName', 'contradicts streams.1.streamArn; expected eu-west-1'],
    ['streamName=orders', 'streamName', 'says nothing beside streams.<n>.streamArn'],
  ])('%s', (assignment, key, message) => {
    const problems = problemsOf(() => load({ properties: BOTH, set: [assignment] }));

    expect(problems).toContainEqual({
      key: expect.stringMatching(new RegExp(`^(--set )?${key.replaceAll('.', '\\.')}`)),
      message: expect.stringContaining(message),
    });
  });

  test('a position and a time contradict each other', () => {
    const properties = `${BOTH}streams.1.initialPositionInStream=LATEST\nstreams.1.initialPositionInStreamExtended=1`;

    expect(problemsOf(() => load({ properties }))).toEqual([
      {
        key: 'streams.1.initialPositionInStream (consumer.properties, line 4)',
        message: expect.stringContaining('contradicts streams.1.initialPositionInStreamExtended'),
      },
    ]);
  });

  test('need the name of an application', () => {
    expect(problemsOf(() => load({ properties: BOTH.replace('applicationName=app', '') }))).toEqual([
      { key: 'applicationName', message: expect.stringContaining('several streams need one') },
    ]);
  });

  test('an unknown variable is named, and the nearest known one', () => {
    const env = {
      STREAMS_1_STREAM_ARM: FIRST,
      STREAMS_1_SERVICE_HOST: '10.0.0.1',
      STREAMS_1_PORT_80_TCP: 'x',
    };

    expect(problemsOf(() => load({ properties: BOTH, env }))).toEqual([
      { key: 'environment STREAMS_1_STREAM_ARM', message: 'is unknown; did you mean STREAMS_1_STREAM_ARN?' },
    ]);
  });
});

describe('regions and the role for the stream', () => {
  test('the lease table may be in another region', () => {
    const { config } = loadWithArn({ env: { LEASE_TABLE_REGION: 'us-west-2' } });

    expect(config).toMatchObject({ regionName: 'eu-west-1', leaseTableRegion: 'us-west-2' });
  });

  test.each(['dynamoDbClient.region', 'cloudWatchClient.region', 'kinesisClient.region'])(
    'the stock key %s, which regionName may override, is refused',
    (key) => {
      expect(problemsOf(() => loadWithArn({ set: [`${key}=us-west-2`] }))).toEqual([
        { key: `--set ${key}`, message: expect.stringContaining('give leaseTableRegion instead') },
      ]);
    },
  );

  test.each([
    ['https://kinesis.us-east-1.amazonaws.com', false],
    ['https://vpce-0123-abcd.kinesis.us-east-1.vpce.amazonaws.com', false],
    ['https://kinesis.eu-west-1.amazonaws.com', true],
    ['http://localhost:4567', true],
  ])('the endpoint %s fits the stream in eu-west-1: %s', (kinesisEndpoint, fits) => {
    expect(problemsOf(() => loadWithArn({ flags: { kinesisEndpoint } }))).toHaveLength(fits ? 0 : 1);
  });

  test.each([
    [{ set: ['awsCredentialsProvider=ProfileCredentialsProvider|x'] }, true],
    [{ set: ['awsCredentialsProviderDynamoDB=ProfileCredentialsProvider|x'] }, true],
    [{ set: ['dynamoDbClient.endpointOverride=http://localhost'] }, true],
    [{ set: ['awsCredentialsProvider=DefaultCredentialsProvider', 'maxRecords=5'] }, false],
  ])('%j: credentials or endpoints that only Java knows: %s', (input, javaCredentials) => {
    expect(loadWithArn(input).config.javaCredentials).toBe(javaCredentials);
  });

  test('the lease table has the name of the application, unless tableName says another', () => {
    expect(loadWithArn({ set: ['tableName=leases'] })).toMatchObject({
      config: { tables: { lease: 'leases' } },
      kclProperties: { tableName: 'leases' },
    });
  });

  test.each([
    [{ streamRoleArn: 'arn:aws:iam::1:role/reader' }, '--stream-role-arn', 'expected ARN of an IAM role'],
    [{ streamRoleExternalId: 'secret' }, '--stream-role-external-id', 'needs streamRoleArn'],
    [{ leaseTableRegion: 'Ireland' }, '--lease-table-region', 'expected a region, like eu-west-1'],
  ])('%j is refused', (flags, key, message) => {
    expect(problemsOf(() => loadWithArn({ flags }))).toEqual([
      { key, message: expect.stringContaining(message) },
    ]);
  });
});
