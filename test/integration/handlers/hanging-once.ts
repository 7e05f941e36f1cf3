import * as ledger from '../../../lab/ledger-handler.js';
import type { RecordHandler } from '../../../src/index.js';

let hung = false;

/** Handles records as the ledger does, but for the first time that it gets the one whose partition key is HANG_ON. */
export const handleRecord: RecordHandler = async (record, context) => {
  if (record.partitionKey === process.env.HANG_ON && !hung) {
    hung = true;
    // It heeds no signal, and ends soon after it is invoked again.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    throw new Error('too late');
  }
  await ledger.handleRecord(record, context);
};
