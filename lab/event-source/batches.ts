import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import { batches } from '../batches.js';

/** Of an invocation's event (Lambda quotas: 6 MB for synchronous invocations). */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;
/** What a record has in the event besides data and partition key, at most. */
const RECORD_BYTES = 1_024;

/** Records as batches of at most so many, each of which fits into an event; one that is too large is alone. */
export function batchesOf(
  records: readonly KinesisRecord[],
  batchSize: number,
): Generator<readonly KinesisRecord[]> {
  return batches(records, bytesInEvent, { records: batchSize, bytes: MAX_EVENT_BYTES });
}

/** Data are in Base64. */
function bytesInEvent({ Data, PartitionKey = '' }: KinesisRecord): number {
  return Math.ceil((Data?.length ?? 0) / 3) * 4 + Buffer.byteLength(PartitionKey) + RECORD_BYTES;
}

/** Two halves; the first has the one that is over. */
export function halves<T>(records: readonly T[]): [readonly T[], readonly T[]] {
  const middle = Math.ceil(records.length / 2);
  return [records.slice(0, middle), records.slice(middle)];
}
