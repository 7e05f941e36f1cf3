import { setTimeout as sleep } from 'node:timers/promises';
import { addToLedger } from '../../../lab/ledger.js';
import type { RecordHandler } from '../../../src/index.js';

/** Notes the record, and fails a second later: the stop has begun by then. */
export const handleRecord: RecordHandler = async (record, context) => {
  addToLedger(process.env.LEDGER_FILE ?? '', record, context);
  await sleep(1_000);
  throw new Error('too late');
};
