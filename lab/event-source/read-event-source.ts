import type { KinesisClient, _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import { describeSource, type EventSource } from './describe-source.js';
import { readShard } from './read-shard.js';

/**
 * Reads a stream from its beginning with the calls of Lambda's pollers, until the signal. Those can't be run outside of
 * AWS; the calls are the ones that AWS lets them make (managed policy AWSLambdaKinesisExecutionRole) and asks owners to
 * share (Kinesis developer guide, sharing with cross-account Lambda functions).
 *
 * @throws what the SDK throws
 */
export async function readEventSource(
  kinesis: KinesisClient,
  source: EventSource,
  onRecords: (shardId: string, records: readonly KinesisRecord[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const shards = await describeSource(kinesis, source);
  await Promise.all(
    shards.map(async ({ id: shard }) => {
      const reading = { ...source, shard, from: 'TRIM_HORIZON', limit: 100 } as const;
      for await (const records of readShard(kinesis, reading, signal)) onRecords(shard, records);
    }),
  );
}
