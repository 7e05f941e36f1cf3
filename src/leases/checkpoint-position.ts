import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  InvalidArgumentException,
  type KinesisClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import type { StreamArn } from '../aws/arn.js';
import type { Lease } from './lease-table.js';

/** Kinesis allows five GetRecords calls a second for each shard, of all readers together. */
const CALLS = 3;
const PAUSE_MS = 250;

/** Where a checkpoint is in its shard. */
export interface CheckpointPosition {
  /** How far it is behind the newest record, in ms. */
  readonly behindMs: number;
  /** Whether the record of the checkpoint is retained; undefined if Kinesis did not show it. */
  readonly retained: boolean | undefined;
  /** When the first record that is retained behind an expired one arrived; undefined if none is. */
  readonly continuesAt: Date | undefined;
}

/**
 * Reads at the checkpoint: where its record has expired, Kinesis continues at the oldest one that it retains.
 *
 * @returns undefined if the shard is gone, or Kinesis does not take the checkpoint
 * @throws what the AWS SDK throws
 */
export async function positionOf(
  kinesis: KinesisClient,
  { arn }: StreamArn,
  { shardId, checkpoint }: Lease,
  abortSignal: AbortSignal,
): Promise<CheckpointPosition | undefined> {
  const at = new GetShardIteratorCommand({
    StreamARN: arn,
    ShardId: shardId,
    ShardIteratorType: 'AT_SEQUENCE_NUMBER',
    StartingSequenceNumber: checkpoint,
  });
  const first = await kinesis.send(at, { abortSignal }).catch((error: unknown) => {
    const gone = error instanceof ResourceNotFoundException || error instanceof InvalidArgumentException;
    if (!gone) throw error;
  });
  let iterator = first?.ShardIterator;
  if (iterator === undefined) return undefined;
  let behindMs: number | undefined;
  // Kinesis may answer without records although there are some.
  for (let call = 1; iterator !== undefined && call <= CALLS; call++) {
    if (call > 1) await sleep(PAUSE_MS, undefined, { signal: abortSignal });
    const command: GetRecordsCommand = new GetRecordsCommand({
      StreamARN: arn,
      ShardIterator: iterator,
      Limit: 1,
    });
    const answer: Awaited<ReturnType<typeof getRecords>> = await getRecords(command);
    behindMs ??= answer.MillisBehindLatest ?? 0;
    const [record] = answer.Records ?? [];
    if (record?.SequenceNumber === checkpoint) return { behindMs, retained: true, continuesAt: undefined };
    if (record) return { behindMs, retained: false, continuesAt: record.ApproximateArrivalTimestamp };
    if (answer.MillisBehindLatest === 0) return { behindMs, retained: false, continuesAt: undefined };
    iterator = answer.NextShardIterator;
  }
  return { behindMs: behindMs ?? 0, retained: undefined, continuesAt: undefined };

  function getRecords(command: GetRecordsCommand) {
    return kinesis.send(command, { abortSignal });
  }
}
