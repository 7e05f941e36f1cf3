import { partitionOf } from '../../src/aws/partition.js';
import { type ApiCall, Call, type Fields, isFields, type Lookups, UnknownCallError } from './api-call.js';
import type { Context, Resource } from './types.js';

export { type ApiCall, type Lookups, UnknownCallError } from './api-call.js';

/** One action to allow; a call may need several. */
export interface RequestedAction {
  readonly action: string;
  readonly resource: Resource;
  readonly context: Context;
}

/**
 * What AWS would ask its policies for a call ("Actions, resources, and condition keys" for Kinesis Data Streams,
 * DynamoDB, KMS, CloudWatch and SQS, Service Authorization Reference). The calls are those of KCL 3.5.1, of this project
 * and of the lab.
 *
 * @throws UnknownCallError
 */
export function requestedActions(call: ApiCall, lookups: Lookups = {}): readonly RequestedAction[] {
  const [service = '', ...names] = call.target.split('.');
  const operation = names.join('.');
  const operations = Object.hasOwn(SERVICES, service) ? SERVICES[service] : undefined;
  const describe =
    operations && Object.hasOwn(operations.calls, operation) ? operations.calls[operation] : undefined;
  if (operations === undefined || describe === undefined) {
    throw new UnknownCallError(`the lab does not know the call ${call.target}`, 'operation');
  }
  return describe(new Call(call, lookups)).map(({ name = operation, arn, context = {} }) => ({
    action: `${operations.prefix}:${name}`,
    resource: { arn, account: arn === '*' ? call.account : ownerOf(arn, operations.prefix, call.target) },
    context: { 'aws:RequestedRegion': call.region, ...tagsOf(call.body), ...context },
  }));
}

/** "aws:RequestTag" and "aws:TagKeys", of tags that are given to what is made: an object at Kinesis, pairs at DynamoDB. */
function tagsOf(body: unknown): Context {
  const given = isFields(body) ? body.Tags : undefined;
  const tags = Array.isArray(given)
    ? given.filter(isFields).map(({ Key, Value }) => [Key, Value])
    : Object.entries(isFields(given) ? given : {});
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(([name, value]) => [`aws:RequestTag/${name}`, String(value)])),
    'aws:TagKeys': tags.map(([name]) => String(name)),
  };
}

/** An ARN without an account, or of another service, would be taken for one of the caller's own. */
function ownerOf(arn: string, service: string, target: string): string {
  const [, found, account = ''] = /^arn:[^:]+:([^:]+):[^:]+:(\d{12}):./.exec(arn) ?? [];
  if (found !== service) {
    throw new UnknownCallError(`${target} names '${arn}', which is not an ARN of ${service}`);
  }
  return account;
}

/** Java's CloudWatch client (2.41) speaks Smithy RPC v2, which names the operation in the path and not in a header. */
export function rpcV2Target(path: string): string | undefined {
  const [, service, operation] = /^\/service\/(\w+)\/operation\/(\w+)$/.exec(path) ?? [];
  return operation === undefined ? undefined : `${service}.${operation}`;
}

/**
 * The decryption that Kinesis does as the caller when it hands out records of an encrypted stream ("Permissions to use
 * user-generated KMS keys", Kinesis developer guide): the context is the stream's ARN.
 */
export function streamDecryption(stream: {
  streamArn: string;
  keyArn: string;
  caller: string;
}): RequestedAction {
  const [, , , region = ''] = stream.streamArn.split(':');
  return {
    action: 'kms:Decrypt',
    resource: { arn: stream.keyArn, account: accountOf(stream.keyArn) },
    context: {
      'aws:RequestedRegion': region,
      'aws:ViaAWSService': 'true',
      'kms:ViaService': `kinesis.${region}.${partitionOf(region).dnsSuffix}`,
      'kms:CallerAccount': stream.caller,
      ...encryptionContext({ 'aws:kinesis:arn': stream.streamArn }),
    },
  };
}

/** An action, if it is not the operation itself, and what it is done to. */
interface Described {
  name?: string;
  arn: string;
  context?: Context;
}

type Describe = (call: Call) => readonly Described[];

const onStream: Describe = (call) => [{ arn: call.stream() }];
const onConsumer: Describe = (call) => [{ arn: call.consumer() }];
const onStreamOrConsumer: Describe = (call) => [{ arn: call.required('ResourceARN') }];
const onTable: Describe = (call) => [{ arn: call.table() }];
const onTableOrIndex: Describe = (call) => [{ arn: call.tableOrIndex() }];
const onQueue: Describe = (call) => [{ arn: call.queue() }];
const onKey: Describe = (call) => {
  const { arn, context } = call.key();
  return [{ arn, context: { 'kms:CallerAccount': call.account, ...context } }];
};

/** Target prefix of a service → its prefix in policies, and its calls. */
const SERVICES: Readonly<Record<string, { prefix: string; calls: Readonly<Record<string, Describe>> }>> = {
  Kinesis_20131202: {
    prefix: 'kinesis',
    calls: {
      CreateStream: onStream,
      DeleteStream: onStream,
      DescribeStream: onStream,
      DescribeStreamSummary: onStream,
      GetShardIterator: onStream,
      GetRecords: (call) => [{ arn: call.streamOfToken('ShardIterator') }],
      // KCL's further pages name no stream.
      ListShards: (call) =>
        call.optional('NextToken') === undefined
          ? onStream(call)
          : [{ arn: call.streamOfToken('NextToken') }],
      PutRecord: onStream,
      PutRecords: onStream,
      MergeShards: onStream,
      SplitShard: onStream,
      StartStreamEncryption: onStream,
      StopStreamEncryption: onStream,
      RegisterStreamConsumer: onStream,
      ListStreamConsumers: onStream,
      DescribeStreamConsumer: onConsumer,
      DeregisterStreamConsumer: onConsumer,
      SubscribeToShard: onConsumer,
      GetResourcePolicy: onStreamOrConsumer,
      PutResourcePolicy: onStreamOrConsumer,
      DeleteResourcePolicy: onStreamOrConsumer,
    },
  },
  DynamoDB_20120810: {
    prefix: 'dynamodb',
    calls: {
      // Tags at creation need their own permission.
      CreateTable: (call) => [
        { arn: call.table() },
        ...(call.list('Tags').length > 0 ? [{ name: 'TagResource', arn: call.table() }] : []),
      ],
      DescribeTable: onTable,
      UpdateTable: onTable,
      DeleteTable: onTable,
      UpdateContinuousBackups: onTable,
      DescribeContinuousBackups: onTable,
      GetItem: onTable,
      PutItem: onTable,
      UpdateItem: onTable,
      DeleteItem: onTable,
      Query: onTableOrIndex,
      Scan: onTableOrIndex,
      TransactWriteItems: transaction,
    },
  },
  TrentService: {
    prefix: 'kms',
    calls: {
      Decrypt: (call) => {
        const { arn, context } = call.key();
        return [
          {
            arn,
            context: {
              'kms:CallerAccount': call.account,
              'kms:EncryptionAlgorithm': call.optional('EncryptionAlgorithm') ?? 'SYMMETRIC_DEFAULT',
              ...context,
              ...encryptionContext(call.fields('EncryptionContext')),
            },
          },
        ];
      },
      DescribeKey: onKey,
      GetKeyPolicy: onKey,
      PutKeyPolicy: onKey,
    },
  },
  AmazonSQS: {
    prefix: 'sqs',
    calls: {
      SendMessage: onQueue,
      // Batches have no actions of their own.
      SendMessageBatch: (call) => [{ name: 'SendMessage', arn: call.queue() }],
      ReceiveMessage: onQueue,
      DeleteMessage: onQueue,
      GetQueueAttributes: onQueue,
    },
  },
  GraniteServiceVersion20100801: {
    prefix: 'cloudwatch',
    calls: {
      // It has no resource: only the namespace narrows it.
      PutMetricData: (call) => [
        { arn: '*', context: { 'cloudwatch:namespace': call.required('Namespace') } },
      ],
    },
  },
};

/** A transaction has no action of its own: each item needs what it would need alone ("DynamoDB Transactions"). */
const TRANSACTION_ACTIONS = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
} as const;

function transaction(call: Call): readonly Described[] {
  const described = call.list('TransactItems').map((item): Described => {
    const [kind, part] = Object.entries(isFields(item) ? item : {})[0] ?? [];
    const table = isFields(part) ? part.TableName : undefined;
    const name = Object.entries(TRANSACTION_ACTIONS).find(([known]) => known === kind)?.[1];
    // An item that is passed over would be done without having been allowed.
    if (name === undefined || typeof table !== 'string') return call.refuse('has an item without a table');
    return { name, arn: call.table(table) };
  });
  if (described.length === 0) call.required('TransactItems');
  // The same action on the same table is asked for once.
  const distinct = new Map(described.map((one) => [`${one.name} ${one.arn}`, one]));
  return [...distinct.values()];
}

/** "AWS KMS condition keys": one key for each pair, and one multivalued key with the names. */
function encryptionContext(pairs: Fields): Context {
  const texts = Object.entries(pairs).map(([name, value]): [string, string] => [name, String(value)]);
  if (texts.length === 0) return {};
  return {
    ...Object.fromEntries(texts.map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
    'kms:EncryptionContextKeys': texts.map(([name]) => name),
  };
}

const accountOf = (arn: string) => arn.split(':')[4] ?? '';
