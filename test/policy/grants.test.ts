import { parseConsumerArn, parseStreamArn } from '../../src/aws/arn.js';
import { parseKeyArn } from '../../src/aws/key-arn.js';
import { parseReaderArn } from '../../src/aws/reader-arn.js';
import { PolicyError } from '../../src/errors/errors.js';
import { grantByOwner, grantRead } from '../../src/policy/grants.js';
import { listOf } from '../../src/policy/types.js';
import { PARTITIONS } from '../aws/helpers/partitions.js';
import { CONSUMER, KCL, KEY, LAMBDA, OTHER, QUEUE, READER, STREAM } from './helpers/requests.js';

const READ = [
  'kinesis:DescribeStreamSummary',
  'kinesis:ListShards',
  'kinesis:GetShardIterator',
  'kinesis:GetRecords',
];
const FAN_OUT = ['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard'];
const ONLY_FOR_STREAM = {
  StringEquals: {
    'kms:ViaService': 'kinesis.eu-west-1.amazonaws.com',
    'kms:EncryptionContext:aws:kinesis:arn': STREAM.arn,
  },
};

describe('for KCL', () => {
  test('by polling: the stream on both sides, lease table, its index and the metrics', () => {
    const table = 'arn:aws:dynamodb:eu-west-1:222222222222:table/orders-app';
    expect(grantRead(KCL)).toEqual({
      streamPolicy: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: expect.stringMatching(/^ReadStreamForOrdersReader[0-9a-f]{8}$/),
            Effect: 'Allow',
            Principal: { AWS: READER.arn },
            Action: READ,
            Resource: STREAM.arn,
          },
        ],
      },
      readerPolicy: {
        Version: '2012-10-17',
        Statement: [
          { Sid: 'ReadStream', Effect: 'Allow', Action: READ, Resource: STREAM.arn },
          {
            Sid: 'LeaseTable',
            Effect: 'Allow',
            Action: [
              'dynamodb:CreateTable',
              'dynamodb:DescribeTable',
              'dynamodb:UpdateTable',
              'dynamodb:Scan',
              'dynamodb:GetItem',
              'dynamodb:PutItem',
              'dynamodb:UpdateItem',
              'dynamodb:DeleteItem',
            ],
            Resource: table,
          },
          {
            Sid: 'LeaseTableIndex',
            Effect: 'Allow',
            Action: ['dynamodb:Query'],
            Resource: `${table}/index/LeaseOwnerToLeaseKeyIndex`,
          },
          {
            Sid: 'FormerTables',
            Effect: 'Allow',
            Action: ['dynamodb:DescribeTable'],
            Resource: [`${table}-CoordinatorState`, `${table}-WorkerMetricStats`],
          },
          {
            Sid: 'Metrics',
            Effect: 'Allow',
            Action: ['cloudwatch:PutMetricData'],
            Resource: '*',
            Condition: { StringEquals: { 'cloudwatch:namespace': 'orders-app' } },
          },
        ],
      },
    });
  });

  test('by fan-out: the consumer too, on both sides', () => {
    const { consumerPolicy, readerPolicy } = grantRead({ ...KCL, consumer: CONSUMER });

    expect(consumerPolicy).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: expect.stringMatching(/^ReadConsumerForOrdersReader[0-9a-f]{8}$/),
          Effect: 'Allow',
          Principal: { AWS: READER.arn },
          Action: FAN_OUT,
          Resource: CONSUMER.arn,
        },
      ],
    });
    expect(readerPolicy.Statement).toContainEqual({
      Sid: 'ReadConsumer',
      Effect: 'Allow',
      Action: FAN_OUT,
      Resource: CONSUMER.arn,
    });
  });

  test('of an encrypted stream: Decrypt by way of Kinesis, for this stream alone, on both sides', () => {
    const { keyPolicyStatement, readerPolicy } = grantRead({ ...KCL, key: KEY });

    expect(keyPolicyStatement).toEqual({
      Sid: expect.stringMatching(/^DecryptStreamForOrdersReader[0-9a-f]{8}$/),
      Effect: 'Allow',
      Principal: { AWS: READER.arn },
      Action: ['kms:Decrypt'],
      Resource: '*',
      Condition: ONLY_FOR_STREAM,
    });
    expect(readerPolicy.Statement).toContainEqual({
      Sid: 'DecryptStream',
      Effect: 'Allow',
      Action: ['kms:Decrypt'],
      Resource: KEY.arn,
      Condition: ONLY_FOR_STREAM,
    });
  });

  test('the lease table may be in another region than the stream', () => {
    const { readerPolicy } = grantRead({ ...KCL, leaseTableRegion: 'us-west-2' });

    expect(readerPolicy.Statement[1]?.Resource).toBe(
      'arn:aws:dynamodb:us-west-2:222222222222:table/orders-app',
    );
  });
});

describe('for Lambda', () => {
  test('DescribeStream comes in addition, and there is no lease table', () => {
    const { streamPolicy, readerPolicy } = grantRead(LAMBDA);

    expect(streamPolicy.Statement[0]?.Action).toEqual(['kinesis:DescribeStream', ...READ]);
    expect(readerPolicy.Statement).toEqual([
      {
        Sid: 'ReadStream',
        Effect: 'Allow',
        Action: ['kinesis:DescribeStream', ...READ],
        Resource: STREAM.arn,
      },
    ]);
  });
});

describe('the queue for records that fail', () => {
  test.each([
    ['KCL, with what preflight asks', KCL, ['sqs:SendMessage', 'sqs:GetQueueAttributes']],
    ['Lambda', LAMBDA, ['sqs:SendMessage']],
  ])('by %s', (_what, request, Action) => {
    const { readerPolicy, ...ofOwner } = grantRead({ ...request, failureQueue: QUEUE });

    expect(readerPolicy.Statement.at(-1)).toEqual({
      Sid: 'FailureQueue',
      Effect: 'Allow',
      Action,
      Resource: QUEUE.arn,
    });
    expect({ readerPolicy: grantRead(request).readerPolicy, ...ofOwner }).toEqual(grantRead(request));
  });

  test("must be in the reader's partition", () => {
    const failureQueue = { ...QUEUE, partition: 'aws-cn' };
    expect(() => grantRead({ ...KCL, failureQueue })).toThrow(PolicyError);
    expect(() => grantRead({ ...LAMBDA, failureQueue })).toThrow('is in another partition than the reader');
  });
});

describe.each(PARTITIONS)('in the partition %s, %s', (partition, region, suffix) => {
  const stream = parseStreamArn(`arn:${partition}:kinesis:${region}:111111111111:stream/orders`);
  const key = parseKeyArn(KEY.arn.replace('aws', partition).replace('eu-west-1', region));
  const reader = parseReaderArn(READER.arn.replace('aws', partition));
  const consumer = parseConsumerArn(`${stream.arn}/consumer/reader:1700000000`);
  const grants = grantRead({ ...KCL, stream, key, reader, consumer });

  test('every ARN has it', () => {
    expect(JSON.stringify(grants).match(/arn:[a-z-]+:/g)).toEqual(
      expect.arrayContaining([`arn:${partition}:`]),
    );
    if (partition !== 'aws') expect(JSON.stringify(grants)).not.toContain('arn:aws:');
  });

  test('the service is named as there', () => {
    expect(grants.keyPolicyStatement?.Condition?.StringEquals?.['kms:ViaService']).toEqual(
      suffix === 'amazonaws.com'
        ? `kinesis.${region}.amazonaws.com`
        : [`kinesis.${region}.amazonaws.com`, `kinesis.${region}.${suffix}`],
    );
  });
});

test('no action has a wildcard, and no resource but where nothing else can stand', () => {
  const { streamPolicy, consumerPolicy, keyPolicyStatement, readerPolicy } = grantRead({
    ...KCL,
    consumer: CONSUMER,
    key: KEY,
    failureQueue: QUEUE,
  });
  const statements = [streamPolicy, consumerPolicy, readerPolicy]
    .flatMap((policy) => policy?.Statement ?? [])
    .concat(keyPolicyStatement ?? []);

  expect(statements.flatMap(({ Action }) => listOf(Action)).filter((action) => action.includes('*'))).toEqual(
    [],
  );
  const wide = statements.filter(({ Resource }) =>
    listOf(Resource).some((resource) => resource.includes('*')),
  );
  expect(wide.map(({ Action }) => Action)).toEqual([['cloudwatch:PutMetricData'], ['kms:Decrypt']]);
  expect(wide.every(({ Condition }) => Condition !== undefined)).toBe(true);
});

describe('Sids', () => {
  const sidsOf = (reader = READER, stream = STREAM) => {
    const consumer = parseConsumerArn(`${stream.arn}/consumer/reader:1700000000`);
    const { streamPolicy, consumerPolicy, keyPolicyStatement } = grantByOwner({
      ...LAMBDA,
      stream,
      reader,
      consumer,
      key: KEY,
    });
    return [streamPolicy.Statement[0]?.Sid, consumerPolicy?.Statement[0]?.Sid, keyPolicyStatement?.Sid];
  };

  test('are the same at every time, and have no signs that IAM does not take', () => {
    expect(sidsOf()).toEqual(sidsOf());
    for (const sid of sidsOf(parseReaderArn('arn:aws:iam::111111111111:role/a/b_c.d+e=f,g@h-i'))) {
      expect(sid).toMatch(/^[A-Za-z0-9]+$/);
      expect(sid).toContain('ForBCDEFGHI');
    }
  });

  test('differ for readers of the same name in other accounts or paths', () => {
    const inPath = parseReaderArn(READER.arn.replace('role/', 'role/teams/'));
    expect(new Set([...sidsOf(), ...sidsOf(OTHER), ...sidsOf(inPath)]).size).toBe(9);
  });

  test('of a key differ for another stream, since the key may serve both', () => {
    const [, , key] = sidsOf();
    const [, , otherKey] = sidsOf(READER, parseStreamArn(`${STREAM.arn}2`));
    expect(otherKey).not.toBe(key);
  });
});

describe('refuses', () => {
  test.each([
    [
      'a reader of another partition',
      { ...KCL, reader: parseReaderArn('arn:aws-cn:iam::222222222222:role/r') },
      'is in another partition than the stream',
    ],
    [
      "another stream's consumer",
      { ...KCL, consumer: parseConsumerArn(CONSUMER.arn.replace('orders', 'other')) },
      'is not one of the stream',
    ],
    [
      'a key of another region',
      { ...KCL, key: parseKeyArn(KEY.arn.replace('eu-west-1', 'eu-west-2')) },
      'is in another region than the stream',
    ],
    [
      'an application that names many tables',
      { ...KCL, application: 'orders-*' },
      "the application 'orders-*'",
    ],
    ['a region that is none', { ...KCL, leaseTableRegion: '*' }, "the lease table's region '*'"],
  ])('%s', (_what, request, message) => {
    expect(() => grantRead(request)).toThrow(PolicyError);
    expect(() => grantRead(request)).toThrow(message);
  });
});
