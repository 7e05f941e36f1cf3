import { addToLedger } from '../../../lab/ledger.js';
import type { RecordHandler } from '../../../src/index.js';

/** Handles the record, and fails where nobody waits for it. */
export const handleRecord: RecordHandler = (record, context) => {
  addToLedger(process.env.LEDGER_FILE ?? '', record, context);
  if (process.env.ESCAPE === 'throw') {
    setTimeout(() => {
      throw new TypeError('out of a timer');
    });
  } else void Promise.reject(new TypeError('not awaited'));
};
