import * as ledger from '../../../lab/ledger-handler.js';
import type { RecordHandler } from '../../../src/index.js';

let failures = 0;

/** Handles records as the ledger does, and rejects the one whose partition key is FAIL_ON; at most FAIL_TIMES if that is set. */
export const handleRecord: RecordHandler = async (record, context) => {
  await Promise.resolve();
  const poison = record.partitionKey === process.env.FAIL_ON;
  if (poison && failures++ < Number(process.env.FAIL_TIMES ?? Number.POSITIVE_INFINITY)) {
    throw new TypeError('this one is poison');
  }
  await ledger.handleRecord(record, context);
};
