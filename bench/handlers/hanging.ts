import type { RecordHandler } from '../../src/index.js';

/** Of each shard; so that KCL also has a batch that was handled, which it keeps. */
const hangAfter = Number(process.env.HANG_AFTER_RECORDS ?? 0);
const handled = new Map<string, number>();

/** Never finishes, from a certain record of each shard on. */
export const handleRecord: RecordHandler = (_record, { shard }) => {
  const count = (handled.get(shard) ?? 0) + 1;
  handled.set(shard, count);
  return count > hangAfter ? new Promise<void>(() => {}) : undefined;
};
