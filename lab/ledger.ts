import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { KinesisRecord, RecordContext } from '../src/index.js';

/** One handled record, as the ledger handler saw it. */
export interface LedgerEntry {
  /** Milliseconds since 1970. */
  at: number;
  stream: string;
  shard: string;
  sequenceNumber: string;
  subSequenceNumber: number;
  partitionKey: string | null;
  /** base64 */
  data: string;
  arrivedAt: number | undefined;
  /** The process that handled it. */
  pid: number;
}

/** One write a line, so that the processes of the multilang transport can share the file. */
export function addToLedger(
  file: string,
  record: KinesisRecord,
  { stream, shard }: Pick<RecordContext, 'stream' | 'shard'>,
): void {
  const entry: LedgerEntry = {
    // By the monotonic clock: a test may set the other.
    at: Math.round(performance.timeOrigin + performance.now()),
    stream: stream.arn,
    shard,
    sequenceNumber: record.sequenceNumber,
    subSequenceNumber: record.subSequenceNumber,
    partitionKey: record.partitionKey,
    data: record.data.toString('base64'),
    arrivedAt: record.approximateArrivalTimestamp?.getTime(),
    pid: process.pid,
  };
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

/** What was handled so far, in the order of handling; a line that is being written is left for the next call. */
export function readLedger(file: string): LedgerEntry[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerEntry);
}
