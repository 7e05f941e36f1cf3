import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeStreamCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
  ListShardsCommand,
  ResourceInUseException,
  ShardIteratorType,
  SubscribeToShardCommand,
} from '@aws-sdk/client-kinesis';

export interface EventSource {
  readonly streamArn: string;
  /** Read by enhanced fan-out. */
  readonly consumerArn?: string | undefined;
}

const POLL_INTERVAL_MS = 250;

/**
 * Reads a stream from its beginning with the calls of Lambda's pollers, until the signal. Those can't be run outside of
 * AWS; the calls are the ones that AWS lets them make (managed policy AWSLambdaKinesisExecutionRole) and asks owners to
 * share (Kinesis developer guide, sharing with cross-account Lambda functions).
 *
 * @throws what the SDK throws
 */
export async function readEventSource(
  kinesis: KinesisClient,
  { streamArn, consumerArn }: EventSource,
  onRecords: (shardId: string, records: readonly KinesisRecord[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const stream = { StreamARN: streamArn };
  await kinesis.send(new DescribeStreamCommand(stream));
  await kinesis.send(new DescribeStreamSummaryCommand(stream));
  if (consumerArn !== undefined) {
    await kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN: consumerArn }));
  }
  const { Shards = [] } = await kinesis.send(new ListShardsCommand(stream));
  await Promise.all(
    Shards.map(({ ShardId: shard = '' }) => {
      const hand = (records: readonly KinesisRecord[] = []) => {
        if (records.length > 0) onRecords(shard, records);
      };
      return consumerArn === undefined
        ? poll(kinesis, streamArn, shard, hand, signal)
        : subscribe(kinesis, consumerArn, shard, hand, signal);
    }),
  );
}

type Hand = (records: readonly KinesisRecord[] | undefined) => void;

async function poll(kinesis: KinesisClient, stream: string, shard: string, hand: Hand, signal: AbortSignal) {
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({ StreamARN: stream, ShardId: shard, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  let iterator = ShardIterator;
  while (iterator !== undefined && !signal.aborted) {
    const answer = await kinesis.send(
      new GetRecordsCommand({ StreamARN: stream, ShardIterator: iterator, Limit: 100 }),
    );
    hand(answer.Records);
    iterator = answer.NextShardIterator;
    await sleep(POLL_INTERVAL_MS);
  }
}

async function subscribe(
  kinesis: KinesisClient,
  consumer: string,
  shard: string,
  hand: Hand,
  signal: AbortSignal,
) {
  const from = {
    ConsumerARN: consumer,
    ShardId: shard,
    StartingPosition: { Type: ShardIteratorType.TRIM_HORIZON },
  };
  while (!signal.aborted) {
    try {
      const { EventStream = [] } = await kinesis.send(new SubscribeToShardCommand(from), {
        abortSignal: signal,
      });
      for await (const event of EventStream) {
        hand(event.SubscribeToShardEvent?.Records);
        if (signal.aborted) return;
      }
    } catch (error) {
      // The one that was before has not been given up yet.
      if (!(error instanceof ResourceInUseException)) throw error;
      await sleep(POLL_INTERVAL_MS);
    }
  }
}
