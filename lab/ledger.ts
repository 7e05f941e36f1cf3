import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
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

/**
 * Returns what was handled so far, in the order of handling. A call reads only what is new in the file; a line that is being
 * written is left for the next call.
 */
export function ledgerReader(file: string): () => LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  let position = 0;
  return () => {
    const added = bytesFrom(file, position);
    const end = added.lastIndexOf('\n') + 1;
    position += end;
    for (const line of added.toString('utf8', 0, end).split('\n').filter(Boolean))
      entries.push(JSON.parse(line) as LedgerEntry);
    return [...entries];
  };
}

function bytesFrom(file: string, position: number): Buffer {
  if (!existsSync(file)) return Buffer.alloc(0);
  const opened = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(opened).size - position));
    return bytes.subarray(0, readSync(opened, bytes, 0, bytes.length, position));
  } finally {
    closeSync(opened);
  }
}
