import { randomUUID } from 'node:crypto';
import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import type { InvocationResult } from '../function/invocation-result.js';

/** Why Lambda discards a batch. */
export type DiscardCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface DiscardedBatch {
  readonly condition: DiscardCondition;
  readonly functionArn: string;
  readonly streamArn: string;
  readonly shard: string;
  readonly records: readonly KinesisRecord[];
  /** How often the function was invoked with it. */
  readonly invocations: number;
  /** Of the last invocation; undefined if there was none. */
  readonly result: InvocationResult | undefined;
}

/**
 * What Lambda sends to the mapping's on-failure destination: where the records are, and not the records (Developer Guide,
 * "Retain discarded batch records for a Kinesis Data Streams event source"), as recorded of AWS in November 2025.
 */
export function discardedBatchMessage(batch: DiscardedBatch): string {
  const { records, result, condition } = batch;
  const [first, last] = [records[0], records.at(-1)];
  return JSON.stringify({
    requestContext: {
      // AWS sends an id, and counts one invocation, for records that the function never saw too.
      requestId: result?.requestId ?? randomUUID(),
      functionArn: batch.functionArn,
      condition,
      approximateInvokeCount: Math.max(batch.invocations, 1),
    },
    // Absent for records that are too old, also after invocations.
    ...(result !== undefined &&
      condition !== 'RecordAgeExceeded' && {
        responseContext: {
          statusCode: 200,
          executedVersion: '$LATEST',
          functionError: result.functionError ?? null,
        },
      }),
    version: '1.0',
    timestamp: new Date().toISOString(),
    KinesisBatchInfo: {
      shardId: batch.shard,
      startSequenceNumber: first?.SequenceNumber,
      endSequenceNumber: last?.SequenceNumber,
      approximateArrivalOfFirstRecord: first?.ApproximateArrivalTimestamp?.toISOString(),
      approximateArrivalOfLastRecord: last?.ApproximateArrivalTimestamp?.toISOString(),
      batchSize: records.length,
      streamArn: batch.streamArn,
    },
  });
}
