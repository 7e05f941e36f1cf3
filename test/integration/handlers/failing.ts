import * as ledger from '../../../lab/ledger-handler.js';
import type { RecordHandler } from '../../../src/index.js';

/** Handles records as the ledger does, and rejects the one whose partition key is FAIL_ON. */
export const handleRecord: RecordHandler = async (record, context) => {
  await Promise.resolve();
  if (record.partitionKey === process.env.FAIL_ON) throw new TypeError('this one is poison');
  await ledger.handleRecord(record, context);
};
