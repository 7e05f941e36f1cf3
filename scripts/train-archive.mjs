/**
 * Runs a worker until it has handled records, on a DynamoDB and a Kinesis that answer just enough for it, so that its JVM
 * can store every class of a start (scripts/make-archive). Whether it reads correctly is for the tests: nothing is
 * checked here, and conditions of writes are not looked at.
 *
 * JAVA_TOOL_OPTIONS says what the JVM is to store.
 */
import { spawn } from 'node:child_process';
import { createServer as createHttp1 } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cbor } from '@smithy/core/cbor';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STREAM_ARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/training';
/** For a machine that emulates another one. */
const LIMIT_MS = 180_000;
const RECORDS = 50;

const tables = new Map();
let readOnce = false;

class AwsError extends Error {}

const dynamodb = {
  DescribeTable: ({ TableName }) => ({ Table: describe(TableName) }),
  CreateTable: ({ TableName }) => {
    tables.set(TableName, new Map());
    return { TableDescription: describe(TableName) };
  },
  PutItem: ({ TableName, Item }) => void tables.get(TableName).set(Item.leaseKey.S, Item) ?? {},
  GetItem: ({ TableName, Key }) => ({ Item: tables.get(TableName)?.get(Key.leaseKey.S) }),
  DeleteItem: ({ TableName, Key }) => void tables.get(TableName).delete(Key.leaseKey.S) ?? {},
  // KCL scans in segments: all is in the first.
  Scan: ({ TableName, Segment = 0 }) => listed(Segment === 0 ? [...tables.get(TableName).values()] : []),
  Query: ({ TableName, ExpressionAttributeValues: values }) => {
    const [owner] = Object.values(values);
    return listed([...tables.get(TableName).values()].filter((item) => item.leaseOwner?.S === owner.S));
  },
  UpdateItem({ TableName, Key, AttributeUpdates = {}, ...expression }) {
    const item = { ...(tables.get(TableName).get(Key.leaseKey.S) ?? Key) };
    for (const [name, { Action, Value }] of Object.entries(AttributeUpdates)) {
      if (Action === 'DELETE') delete item[name];
      else if (Action === 'ADD') item[name] = { N: String(Number(item[name]?.N ?? 0) + Number(Value.N)) };
      else item[name] = Value;
    }
    const names = expression.ExpressionAttributeNames ?? {};
    for (const [, name, value] of (expression.UpdateExpression ?? '').matchAll(/([#\w]+)\s*=\s*(:\w+)/g)) {
      item[names[name] ?? name] = expression.ExpressionAttributeValues[value];
    }
    tables.get(TableName).set(Key.leaseKey.S, item);
    return { Attributes: item };
  },
};

const kinesis = {
  DescribeStreamSummary: () => ({
    StreamDescriptionSummary: {
      StreamName: 'training',
      StreamARN: STREAM_ARN,
      StreamStatus: 'ACTIVE',
      StreamCreationTimestamp: 1_700_000_000,
      RetentionPeriodHours: 24,
      EnhancedMonitoring: [],
      EncryptionType: 'NONE',
      OpenShardCount: 1,
    },
  }),
  ListShards: () => ({
    Shards: [
      {
        ShardId: 'shardId-000000000000',
        HashKeyRange: { StartingHashKey: '0', EndingHashKey: String(2n ** 128n - 1n) },
        SequenceNumberRange: { StartingSequenceNumber: sequenceNumber(0) },
      },
    ],
  }),
  GetShardIterator: () => ({ ShardIterator: 'iterator' }),
  GetRecords() {
    const count = readOnce ? 0 : RECORDS;
    readOnce = true;
    const Records = Array.from({ length: count }, (_, index) => ({
      Data: Buffer.from('{"training":true}'),
      PartitionKey: `key-${index}`,
      SequenceNumber: sequenceNumber(index + 1),
      ApproximateArrivalTimestamp: 1_700_000_000_000,
    }));
    return { Records, NextShardIterator: 'iterator', MillisBehindLatest: 0 };
  },
};

function sequenceNumber(index) {
  return String(49_600_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000n + BigInt(index));
}

function listed(Items) {
  return { Items, Count: Items.length, ScannedCount: Items.length };
}

function describe(TableName) {
  if (!tables.has(TableName)) throw new AwsError('ResourceNotFoundException');
  const index = { IndexName: 'LeaseOwnerToLeaseKeyIndex', IndexStatus: 'ACTIVE' };
  return {
    TableName,
    TableArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`,
    TableStatus: 'ACTIVE',
    TableId: 'training',
    TableSizeBytes: 0,
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    GlobalSecondaryIndexes: [index],
  };
}

async function serve(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const { 'content-type': type = '', 'smithy-protocol': rpc } = request.headers;
  const isCbor = type.includes('cbor');
  const [operation = ''] = /\w+$/.exec(request.headers['x-amz-target'] ?? request.url) ?? [];
  const encode = isCbor ? (value) => cbor.serialize(value) : JSON.stringify;
  let status = 200;
  let answer;
  try {
    const fields = body.length === 0 ? {} : isCbor ? cbor.deserialize(body) : JSON.parse(body);
    answer = encode((dynamodb[operation] ?? kinesis[operation])(fields));
  } catch (error) {
    status = 400;
    answer = encode({ __type: error.message });
    if (!(error instanceof AwsError)) console.error(`train-archive: ${operation}: ${error.stack}`);
  }
  response.writeHead(status, { 'content-type': type, ...(rpc && { 'smithy-protocol': rpc }) });
  response.end(answer);
}

/** KCL's Kinesis client speaks HTTP/2 with prior knowledge, all others HTTP/1.1. */
function listen() {
  const http1 = createHttp1(serve);
  const http2 = createHttp2(serve);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (first) => {
      socket.pause();
      socket.unshift(first);
      const isHttp2 = first.subarray(0, 3).toString() === 'PRI';
      (isHttp2 ? http2 : http1).emit('connection', socket);
      if (!isHttp2) socket.resume();
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

const endpoint = `http://127.0.0.1:${await listen()}`;
const worker = spawn(process.execPath, [path.join(ROOT, 'dist', 'cli.js'), 'start'], {
  env: {
    ...process.env,
    STREAM_ARN,
    KINESIS_ENDPOINT: endpoint,
    DYNAMO_DB_ENDPOINT: endpoint,
    AWS_ACCESS_KEY_ID: 'training',
    AWS_SECRET_ACCESS_KEY: 'training',
    HANDLER: 'sample',
    METRICS_LEVEL: 'NONE',
    PREFLIGHT: 'off',
    LOG_FORMAT: 'json',
    CHECKPOINT_INTERVAL_MS: '0',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let isTrained = false;
setTimeout(() => worker.kill('SIGTERM'), LIMIT_MS).unref();
createInterface({ input: worker.stdout }).on('line', (line) => {
  if (process.env.TRAINING_LOG) console.error(line);
  if (isTrained || !line.includes('"msg":"checkpointed"')) return;
  isTrained = true;
  worker.kill('SIGTERM'); // a second one would end it at once
});
worker.once('close', (code) => process.exit(isTrained ? (code ?? 1) : 1));
