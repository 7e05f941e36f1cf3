import { type Count, writeCount } from '../../../bench/handlers/counts.js';
import type { RecordHandler } from '../../../src/index.js';

const folder = process.env.COUNTS_FOLDER;
if (folder === undefined) throw new Error('COUNTS_FOLDER is not set');

const count: Count = { records: 0, bytes: 0, firstAt: {} };
setInterval(() => writeCount(folder, count), 100).unref();

/** Never finishes a record of the first shard, and counts those of the others. */
export const handleRecord: RecordHandler = (record, { shard }) => {
  count.firstAt[shard] ??= Date.now();
  if (shard === 'shardId-000000000000') return new Promise<void>(() => {});
  count.records++;
  count.bytes += record.data.length;
};
