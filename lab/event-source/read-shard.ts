import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
  ResourceInUseException,
  ShardIteratorType,
  type StartingPosition as StartingPositionOfCall,
  SubscribeToShardCommand,
} from '@aws-sdk/client-kinesis';
import type { EventSource } from './describe-source.js';

/** Where reading begins; a time as AT_TIMESTAMP. */
export type StartingPosition = 'TRIM_HORIZON' | 'LATEST' | Date;

export interface ShardSource extends EventSource {
  readonly shard: string;
  readonly from: StartingPosition;
  /** The most records that one call of GetRecords asks for. */
  readonly limit: number;
}

const POLL_INTERVAL_MS = 250;

/** The records of a shard as they come, until the signal or the shard's end. @throws what the SDK throws */
export function readShard(
  kinesis: KinesisClient,
  source: ShardSource,
  signal: AbortSignal,
): AsyncGenerator<readonly KinesisRecord[]> {
  const { consumerArn } = source;
  return consumerArn === undefined
    ? poll(kinesis, source, signal)
    : subscribe(kinesis, { ...source, consumerArn }, signal);
}

async function* poll(
  kinesis: KinesisClient,
  { streamArn, shard, from, limit }: ShardSource,
  signal: AbortSignal,
) {
  const { Type, Timestamp } = startOf(from);
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({ StreamARN: streamArn, ShardId: shard, ShardIteratorType: Type, Timestamp }),
  );
  let iterator = ShardIterator;
  while (iterator !== undefined && !signal.aborted) {
    const answer = await kinesis.send(
      new GetRecordsCommand({ StreamARN: streamArn, ShardIterator: iterator, Limit: limit }),
    );
    if (answer.Records?.length) yield answer.Records;
    iterator = answer.NextShardIterator;
    await sleep(POLL_INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}

async function* subscribe(
  kinesis: KinesisClient,
  { consumerArn, shard, from }: ShardSource & { consumerArn: string },
  signal: AbortSignal,
) {
  let position: StartingPositionOfCall = startOf(from);
  while (!signal.aborted) {
    try {
      const { EventStream = [] } = await kinesis.send(
        new SubscribeToShardCommand({ ConsumerARN: consumerArn, ShardId: shard, StartingPosition: position }),
        { abortSignal: signal },
      );
      for await (const { SubscribeToShardEvent: event } of EventStream) {
        if (event?.Records?.length) {
          yield event.Records;
          const { SequenceNumber } = event.Records.at(-1) ?? {};
          if (SequenceNumber) position = { Type: ShardIteratorType.AFTER_SEQUENCE_NUMBER, SequenceNumber };
        }
        const ended = (event?.ChildShards?.length ?? 0) > 0;
        if (ended || signal.aborted) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      // The one that was before has not been given up yet.
      if (!(error instanceof ResourceInUseException)) throw error;
      await sleep(POLL_INTERVAL_MS);
    }
  }
}

function startOf(from: StartingPosition) {
  return from instanceof Date
    ? { Type: ShardIteratorType.AT_TIMESTAMP, Timestamp: from }
    : { Type: from, Timestamp: undefined };
}
