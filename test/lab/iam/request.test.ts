import {
  type ApiCall,
  type Lookups,
  requestedActions,
  rpcV2Target,
  streamDecryption,
  UnknownCallError,
} from '../../../lab/iam/request.js';

const READER = '222222222222';
const REGION = 'eu-west-1';
const SHARED = `arn:aws:kinesis:${REGION}:111111111111:stream/orders`;
const OWN = SHARED.replace('111111111111', READER);
const CONSUMER = `${SHARED}/consumer/shared:1700000000`;
const TABLE = `arn:aws:dynamodb:${REGION}:${READER}:table/leases`;
const KEY_ID = '11111111-2222-3333-4444-555555555555';
const OWN_KEY = `arn:aws:kms:${REGION}:${READER}:key/${KEY_ID}`;
const SHARED_KEY = OWN_KEY.replace(READER, '111111111111');

const lookups: Lookups = {
  streamOf: (token) => ({ 'of-shared': SHARED, 'of-own': OWN })[token],
  keyOfAlias: (alias) =>
    alias === `arn:aws:kms:${REGION}:111111111111:alias/orders` ? SHARED_KEY : undefined,
  keyOfCiphertext: (text) => (text === 'AQID' ? SHARED_KEY : undefined),
};

function call(target: string, body: unknown, more: Partial<ApiCall> = {}) {
  return requestedActions({ target, body, account: READER, region: REGION, ...more }, lookups);
}

/** `action resource`, or several. */
const asked = (target: string, body: unknown, more?: Partial<ApiCall>) =>
  call(target, body, more).map(({ action, resource }) => `${action} ${resource.arn}`);

const kinesis = (operation: string) => `Kinesis_20131202.${operation}`;
const dynamodb = (operation: string) => `DynamoDB_20120810.${operation}`;

test.each([
  [
    'as an object, at Kinesis',
    kinesis('CreateStream'),
    { StreamName: 'orders', Tags: { team: 'a', env: 'b' } },
  ],
  [
    'as pairs, at DynamoDB',
    dynamodb('CreateTable'),
    {
      TableName: 'leases',
      Tags: [
        { Key: 'team', Value: 'a' },
        { Key: 'env', Value: 'b' },
      ],
    },
  ],
])('tags that are given to what is made, %s', (_form, target, body) => {
  expect(call(target, body)[0]?.context).toMatchObject({
    'aws:RequestTag/team': 'a',
    'aws:RequestTag/env': 'b',
    'aws:TagKeys': ['team', 'env'],
  });
});

describe('calls on a stream', () => {
  test.each([
    'DescribeStream',
    'DescribeStreamSummary',
    'ListShards',
    'GetShardIterator',
    'RegisterStreamConsumer',
    'PutRecords',
    'StartStreamEncryption',
  ])('%s by StreamARN, by StreamName, and by both as KCL does', (operation) => {
    expect(asked(kinesis(operation), { StreamARN: SHARED })).toEqual([`kinesis:${operation} ${SHARED}`]);
    expect(asked(kinesis(operation), { StreamName: 'orders' })).toEqual([`kinesis:${operation} ${OWN}`]);
    expect(asked(kinesis(operation), { StreamARN: SHARED, StreamName: 'orders' })).toEqual([
      `kinesis:${operation} ${SHARED}`,
    ]);
  });

  test('the resource is the owner’s, not the caller’s', () => {
    expect(call(kinesis('DescribeStream'), { StreamARN: SHARED })[0]).toEqual({
      action: 'kinesis:DescribeStream',
      resource: { arn: SHARED, account: '111111111111' },
      context: { 'aws:RequestedRegion': REGION },
    });
  });

  test('a name is one of the caller’s partition', () => {
    expect(
      asked(kinesis('ListShards'), { StreamName: 'orders' }, { partition: 'aws-cn', region: 'cn-north-1' }),
    ).toEqual([`kinesis:ListShards arn:aws-cn:kinesis:cn-north-1:${READER}:stream/orders`]);
  });

  test.each(['GetResourcePolicy', 'PutResourcePolicy', 'DeleteResourcePolicy'])(
    '%s on stream or consumer',
    (operation) => {
      expect(asked(kinesis(operation), { ResourceARN: SHARED })).toEqual([`kinesis:${operation} ${SHARED}`]);
      expect(asked(kinesis(operation), { ResourceARN: CONSUMER })).toEqual([
        `kinesis:${operation} ${CONSUMER}`,
      ]);
    },
  );
});

describe('calls with a token', () => {
  test.each([
    ['GetRecords with an iterator alone', 'GetRecords', { ShardIterator: 'of-shared' }, SHARED],
    [
      'GetRecords with iterator and ARN',
      'GetRecords',
      { ShardIterator: 'of-shared', StreamARN: SHARED },
      SHARED,
    ],
    [
      'GetRecords with an iterator of the caller’s own stream',
      'GetRecords',
      { ShardIterator: 'of-own' },
      OWN,
    ],
    [
      'GetRecords with an unknown iterator and an ARN',
      'GetRecords',
      { ShardIterator: '?', StreamARN: SHARED },
      SHARED,
    ],
    ['ListShards, a further page', 'ListShards', { NextToken: 'of-shared' }, SHARED],
    [
      'ListShards, a further page with an ARN',
      'ListShards',
      { NextToken: 'of-shared', StreamARN: SHARED },
      SHARED,
    ],
  ])('%s', (_what, operation, body, stream) => {
    expect(asked(kinesis(operation), body)).toEqual([`kinesis:${operation} ${stream}`]);
  });

  test.each([
    [
      'an iterator of another stream than the ARN',
      'GetRecords',
      { ShardIterator: 'of-shared', StreamARN: OWN },
      /of arn:.*111111111111.*, but names .*222222222222/,
    ],
    [
      'a token of another stream than the ARN',
      'ListShards',
      { NextToken: 'of-shared', StreamARN: OWN },
      /but names/,
    ],
    [
      'an unknown iterator alone',
      'GetRecords',
      { ShardIterator: '?' },
      /ShardIterator that was not given out/,
    ],
    ['no iterator', 'GetRecords', { StreamARN: SHARED }, /no ShardIterator/],
  ])('%s is refused', (_what, operation, body, message) => {
    expect(() => asked(kinesis(operation), body)).toThrow(UnknownCallError);
    expect(() => asked(kinesis(operation), body)).toThrow(message);
  });
});

describe('calls on a consumer', () => {
  test.each([
    ['by ConsumerARN', { ConsumerARN: CONSUMER }, CONSUMER],
    // AWS asks for it without its time of creation, which the call does not have.
    ['by stream and name', { StreamARN: SHARED, ConsumerName: 'shared' }, `${SHARED}/consumer/shared`],
  ])('%s', (_what, body, arn) => {
    for (const operation of ['DescribeStreamConsumer', 'DeregisterStreamConsumer']) {
      expect(asked(kinesis(operation), body)).toEqual([`kinesis:${operation} ${arn}`]);
    }
  });

  test('SubscribeToShard', () => {
    expect(asked(kinesis('SubscribeToShard'), { ConsumerARN: CONSUMER, ShardId: 's' })).toEqual([
      `kinesis:SubscribeToShard ${CONSUMER}`,
    ]);
  });
});

describe('calls on a table', () => {
  test.each([
    'DescribeTable',
    'UpdateTable',
    'UpdateContinuousBackups',
    'DescribeContinuousBackups',
    'GetItem',
    'PutItem',
    'UpdateItem',
    'DeleteItem',
    'Scan',
    'Query',
    'CreateTable',
  ])('%s by name, and by ARN', (operation) => {
    const other = TABLE.replace(READER, '333333333333');
    expect(asked(dynamodb(operation), { TableName: 'leases' })).toEqual([`dynamodb:${operation} ${TABLE}`]);
    expect(asked(dynamodb(operation), { TableName: other })).toEqual([`dynamodb:${operation} ${other}`]);
  });

  test.each(['Query', 'Scan'])('%s on an index', (operation) => {
    expect(asked(dynamodb(operation), { TableName: 'leases', IndexName: 'ByOwner' })).toEqual([
      `dynamodb:${operation} ${TABLE}/index/ByOwner`,
    ]);
  });

  test('CreateTable with tags needs TagResource as well', () => {
    expect(asked(dynamodb('CreateTable'), { TableName: 'leases', Tags: [{ Key: 'a', Value: 'b' }] })).toEqual(
      [`dynamodb:CreateTable ${TABLE}`, `dynamodb:TagResource ${TABLE}`],
    );
  });

  test('TransactWriteItems needs what its items need', () => {
    const TransactItems = [
      { Put: { TableName: 'leases' } },
      { Put: { TableName: 'leases' } },
      { Delete: { TableName: 'old' } },
      { ConditionCheck: { TableName: 'old' } },
      { Update: { TableName: 'leases' } },
    ];
    const old = TABLE.replace('leases', 'old');
    expect(asked(dynamodb('TransactWriteItems'), { TransactItems })).toEqual([
      `dynamodb:PutItem ${TABLE}`,
      `dynamodb:DeleteItem ${old}`,
      `dynamodb:ConditionCheckItem ${old}`,
      `dynamodb:UpdateItem ${TABLE}`,
    ]);
  });
});

describe('calls on a key', () => {
  test.each([
    ['by id, of the caller’s account', { KeyId: KEY_ID }, OWN_KEY],
    ['by ARN', { KeyId: SHARED_KEY }, SHARED_KEY],
    ['by alias ARN', { KeyId: `arn:aws:kms:${REGION}:111111111111:alias/orders` }, SHARED_KEY],
  ])('%s', (_what, body, arn) => {
    for (const operation of ['DescribeKey', 'GetKeyPolicy', 'PutKeyPolicy']) {
      expect(asked(`TrentService.${operation}`, body)).toEqual([`kms:${operation} ${arn}`]);
    }
  });

  test('by alias, which is a condition key, too', () => {
    const [described] = call(
      'TrentService.DescribeKey',
      { KeyId: 'alias/orders' },
      { account: '111111111111' },
    );
    expect(described).toMatchObject({
      resource: { arn: SHARED_KEY },
      context: { 'kms:RequestAlias': 'alias/orders', 'kms:CallerAccount': '111111111111' },
    });
    expect(() => call('TrentService.DescribeKey', { KeyId: 'alias/none' })).toThrow(
      /unknown alias .*alias\/none/,
    );
  });

  test('Decrypt finds the key of a ciphertext, and has the encryption context', () => {
    const body = {
      CiphertextBlob: 'AQID',
      EncryptionContext: { 'aws:kinesis:arn': SHARED, purpose: 'test' },
    };
    expect(call('TrentService.Decrypt', body)).toEqual([
      {
        action: 'kms:Decrypt',
        resource: { arn: SHARED_KEY, account: '111111111111' },
        context: {
          'aws:RequestedRegion': REGION,
          'kms:CallerAccount': READER,
          'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
          'kms:EncryptionContext:aws:kinesis:arn': SHARED,
          'kms:EncryptionContext:purpose': 'test',
          'kms:EncryptionContextKeys': ['aws:kinesis:arn', 'purpose'],
        },
      },
    ]);
    expect(() => call('TrentService.Decrypt', { CiphertextBlob: 'BAUG' })).toThrow(/no known key/);
  });

  test.each([
    ['arn:aws', 'eu-west-1', 'kinesis.eu-west-1.amazonaws.com'],
    ['arn:aws-us-gov', 'us-gov-west-1', 'kinesis.us-gov-west-1.amazonaws.com'],
    ['arn:aws-cn', 'cn-north-1', 'kinesis.cn-north-1.amazonaws.com.cn'],
  ])('what Kinesis decrypts for a caller: %s, %s', (prefix, region, via) => {
    const streamArn = `${prefix}:kinesis:${region}:111111111111:stream/orders`;
    const keyArn = `${prefix}:kms:${region}:111111111111:key/${KEY_ID}`;
    expect(streamDecryption({ streamArn, keyArn, caller: READER })).toEqual({
      action: 'kms:Decrypt',
      resource: { arn: keyArn, account: '111111111111' },
      context: {
        'aws:RequestedRegion': region,
        'aws:ViaAWSService': 'true',
        'kms:ViaService': via,
        'kms:CallerAccount': READER,
        'kms:EncryptionContext:aws:kinesis:arn': streamArn,
        'kms:EncryptionContextKeys': ['aws:kinesis:arn'],
      },
    });
  });
});

describe('calls on a queue', () => {
  const QUEUE = `arn:aws:sqs:${REGION}:${READER}:failed`;

  test.each([
    ['SendMessage', 'SendMessage'],
    ['SendMessageBatch', 'SendMessage'],
    ['ReceiveMessage', 'ReceiveMessage'],
    ['DeleteMessage', 'DeleteMessage'],
    ['GetQueueAttributes', 'GetQueueAttributes'],
  ])('%s needs sqs:%s, on the queue that the path of the URL names', (operation, action) => {
    for (const host of [`https://sqs.${REGION}.amazonaws.com`, 'http://127.0.0.1:4566']) {
      expect(asked(`AmazonSQS.${operation}`, { QueueUrl: `${host}/${READER}/failed` })).toEqual([
        `sqs:${action} ${QUEUE}`,
      ]);
    }
  });

  test.each(['failed', `https://127.0.0.1/failed`, `https://127.0.0.1/${READER}/`])(
    '%s is refused',
    (QueueUrl) => {
      expect(() => asked('AmazonSQS.SendMessage', { QueueUrl })).toThrow(/no URL of a queue/);
    },
  );
});

test('PutMetricData has no resource; its namespace is a condition key', () => {
  const target = rpcV2Target('/service/GraniteServiceVersion20100801/operation/PutMetricData') ?? '';
  expect(call(target, { Namespace: 'application' })).toEqual([
    {
      action: 'cloudwatch:PutMetricData',
      resource: { arn: '*', account: READER },
      context: { 'aws:RequestedRegion': REGION, 'cloudwatch:namespace': 'application' },
    },
  ]);
  expect(rpcV2Target('/')).toBeUndefined();
});

describe('what can’t be told is refused by name', () => {
  test.each<[string, string, unknown, RegExp]>([
    [
      'an unknown operation',
      kinesis('ListStreams'),
      {},
      /does not know the call Kinesis_20131202\.ListStreams/,
    ],
    ['an unknown service', 'AWSLambda.Invoke', {}, /AWSLambda\.Invoke/],
    ['a name of every object', kinesis('constructor'), {}, /Kinesis_20131202\.constructor/],
    ['a service of every object', 'toString.call', {}, /toString\.call/],
    ['no target', '', {}, /does not know/],
    ['no stream', kinesis('DescribeStream'), {}, /DescribeStream has no StreamARN, no StreamName/],
    ['an empty stream name', kinesis('DescribeStream'), { StreamName: '' }, /has no StreamARN/],
    [
      'ARN and name of two streams',
      kinesis('DescribeStream'),
      { StreamARN: SHARED, StreamName: 'bills' },
      /two streams/,
    ],
    [
      'a StreamARN that is none',
      kinesis('DescribeStream'),
      { StreamARN: 'orders' },
      /'orders', which is not an ARN of kinesis/,
    ],
    [
      'an ARN without an account',
      kinesis('DescribeStream'),
      { StreamARN: 'arn:aws:kinesis:us-east-1::stream/x' },
      /not an ARN/,
    ],
    [
      'an ARN of another service',
      kinesis('PutResourcePolicy'),
      { ResourceARN: TABLE },
      /not an ARN of kinesis/,
    ],
    ['no consumer', kinesis('SubscribeToShard'), {}, /SubscribeToShard has no/],
    ['a table that is no text', dynamodb('GetItem'), { TableName: 7 }, /no TableName/],
    [
      'a transaction without items',
      dynamodb('TransactWriteItems'),
      { TransactItems: [] },
      /no TransactItems/,
    ],
    [
      'a transaction with an unknown item',
      dynamodb('TransactWriteItems'),
      { TransactItems: [{ Put: { TableName: 'leases' } }, { Get: { TableName: 'leases' } }] },
      /an item without a table/,
    ],
    [
      'a transaction with an item without a table',
      dynamodb('TransactWriteItems'),
      { TransactItems: [{ Put: {} }] },
      /an item without a table/,
    ],
    ['a longer target', `${kinesis('GetRecords')}.x`, { ShardIterator: 'of-own' }, /does not know/],
    ['no key', 'TrentService.Decrypt', {}, /no CiphertextBlob, no KeyId/],
    ['no namespace', 'GraniteServiceVersion20100801.PutMetricData', {}, /no Namespace/],
    ['a body that is a list', kinesis('DescribeStream'), [], /not an object/],
    ['no body', kinesis('DescribeStream'), null, /not an object/],
  ])('%s', (_what, target, body, message) => {
    expect(() => call(target, body)).toThrow(UnknownCallError);
    expect(() => call(target, body)).toThrow(message);
  });

  test('without lookups a token or an alias is unknown', () => {
    const bare = (target: string, body: unknown) =>
      requestedActions({ target, body, account: READER, region: REGION });
    expect(() => bare(kinesis('GetRecords'), { ShardIterator: 'of-shared' })).toThrow(UnknownCallError);
    expect(() => bare('TrentService.DescribeKey', { KeyId: 'alias/orders' })).toThrow(UnknownCallError);
    expect(bare(kinesis('GetRecords'), { ShardIterator: 'x', StreamARN: SHARED })).toHaveLength(1);
  });
});
