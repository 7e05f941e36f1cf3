import { addToLedger } from '../../../lab/ledger.js';
import type { RecordHandler } from '../../../src/index.js';

/** Notes the record and never lets go of the event loop: the process sees neither signals nor the end of its input. */
export const handleRecord: RecordHandler = (record, context) => {
  addToLedger(process.env.LEDGER_FILE ?? '', record, context);
  for (;;);
};
