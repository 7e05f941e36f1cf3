import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordHandler } from '../../src/index.js';
import { type Count, writeCount } from './counts.js';

const folder = process.env.COUNTS_FOLDER;
if (folder === undefined) throw new Error('COUNTS_FOLDER is not set');

const HANDLER_MS = Number(process.env.HANDLER_MS ?? 20);
const WRITE_INTERVAL_MS = 200;
const count: Count = { records: 0, bytes: 0, firstAt: {} };
setInterval(() => writeCount(folder, count), WRITE_INTERVAL_MS).unref();

/** Waits with each record, as for a database, and keeps nothing busy meanwhile. */
export const handleRecord: RecordHandler = async (record, { shard }) => {
  count.firstAt[shard] ??= Date.now();
  await sleep(HANDLER_MS);
  count.records++;
  count.bytes += record.data.length;
};
