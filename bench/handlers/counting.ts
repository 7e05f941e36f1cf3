import type { RecordHandler } from '../../src/index.js';
import { type Count, writeCount } from './counts.js';

const folder = process.env.COUNTS_FOLDER;
if (folder === undefined) throw new Error('COUNTS_FOLDER is not set');

const WRITE_INTERVAL_MS = 200;
const count: Count = { records: 0, bytes: 0, firstAt: {} };
setInterval(() => writeCount(folder, count), WRITE_INTERVAL_MS).unref();

/** Counts, and nothing else. */
export const handleRecord: RecordHandler = (record, { shard }) => {
  count.records++;
  count.bytes += record.data.length;
  count.firstAt[shard] ??= Date.now();
};
