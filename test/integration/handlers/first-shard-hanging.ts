import { addToLedger } from '../../../lab/ledger.js';
import type { RecordHandler } from '../../../src/index.js';

/** Notes each record, and never finishes one of the first shard. */
export const handleRecord: RecordHandler = (record, context) => {
  addToLedger(process.env.LEDGER_FILE ?? '', record, context);
  return context.shard === 'shardId-000000000000' ? new Promise<void>(() => {}) : undefined;
};
