import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What one Node process has handled so far. */
export interface Count {
  records: number;
  bytes: number;
  /** Milliseconds since 1970 of the first record of each shard. */
  firstAt: Record<string, number>;
}

/** One file for each process: the multilang transport has one for each shard. */
export function writeCount(folder: string, count: Count): void {
  writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(count));
}

/** Of all the processes that wrote into the folder, together. */
export function readCounts(folder: string): Count {
  const sum: Count = { records: 0, bytes: 0, firstAt: {} };
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), 'utf8');
    if (text === '') continue; // just being written
    const { records, bytes, firstAt } = JSON.parse(text) as Count;
    sum.records += records;
    sum.bytes += bytes;
    Object.assign(sum.firstAt, firstAt);
  }
  return sum;
}
