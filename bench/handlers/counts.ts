import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publish } from './publish.js';

/** What one Node process has handled so far. */
export interface Count {
  records: number;
  bytes: number;
  /** Milliseconds since 1970 of the first record of each shard. */
  firstAt: Record<string, number>;
}

/** One file for each process: the multilang transport has one for each shard. */
export function writeCount(folder: string, count: Count): void {
  publish(join(folder, `${process.pid}.json`), count);
}

/** Of all the processes that wrote into the folder, together. */
export function readCounts(folder: string): Count {
  const sum: Count = { records: 0, bytes: 0, firstAt: {} };
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const { records, bytes, firstAt } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Count;
    sum.records += records;
    sum.bytes += bytes;
    Object.assign(sum.firstAt, firstAt);
  }
  return sum;
}
