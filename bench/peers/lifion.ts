/** lifion-kinesis, a consumer in Node.js without KCL; it makes its own checkpoints. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectRoot } from '../../lab/project-root.js';
import { bytesOf, type JsonData } from '../replay/json-data.js';
import { Progress } from './progress.js';

interface Kinesis {
  on(
    event: 'data',
    listener: (batch: { records: { data: JsonData | Buffer }[]; shardId: string }) => void,
  ): void;
  on(event: 'error', listener: (error: Error) => void): void;
  startConsumer(): Promise<void>;
  stopConsumer(): void;
}

const requirePeer = createRequire(join(projectRoot, 'bench', 'peers', 'package.json'));
const LifionKinesis = requirePeer('lifion-kinesis') as new (options: object) => Kinesis;

const { env } = process;
const account = {
  region: env.AWS_REGION,
  credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
};
const report = (...text: unknown[]) => console.error(...text);
const kinesis = new LifionKinesis({
  ...account,
  endpoint: env.KINESIS_ENDPOINT,
  streamName: env.STREAM_NAME,
  consumerGroup: env.APPLICATION_NAME,
  createStreamIfNeeded: false,
  initialPositionInStream: env.POSITION ?? 'TRIM_HORIZON',
  // Not needed here, and would cost it. JSON is parsed, as is its default: of data that it does not parse, its decoder
  // makes a property of each byte.
  shouldDeaggregate: false,
  ...(env.SHORT_INTERVALS !== undefined && {
    pollDelay: Number(env.IDLE_BETWEEN_READS_MS),
    noRecordsPollDelay: Number(env.IDLE_BETWEEN_READS_MS),
    leaseAcquisitionInterval: 2_000,
  }),
  logger: { debug() {}, warn: report, error: report },
  dynamoDb: { ...account, endpoint: env.DYNAMODB_ENDPOINT, tableName: env.APPLICATION_NAME },
});

const shards = new Map<string, Progress>();
kinesis.on('data', ({ records, shardId }) => {
  const progress = shards.get(shardId) ?? new Progress(shardId);
  shards.set(shardId, progress);
  for (const { data } of records) {
    if (Buffer.isBuffer(data)) progress.add(data);
    else progress.addBytes(bytesOf(data));
  }
  progress.write();
});
kinesis.on('error', (error) => report(error));
process.on('SIGTERM', () => {
  kinesis.stopConsumer();
  process.exit();
});
await kinesis.startConsumer();
