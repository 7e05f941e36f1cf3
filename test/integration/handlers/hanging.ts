import { addToLedger } from '../../../lab/ledger.js';
import type { RecordHandler } from '../../../src/index.js';

/** Notes the record and never finishes. */
export const handleRecord: RecordHandler = (record, context) => {
  addToLedger(process.env.LEDGER_FILE ?? '', record, context);
  return new Promise(() => {});
};
