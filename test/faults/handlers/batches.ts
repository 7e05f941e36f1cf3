import { addToLedger } from '../../../lab/ledger.js';
import type { BatchHandler } from '../../../src/index.js';

const { LEDGER_FILE = '' } = process.env;

/** Handles up to the first poisoned record and reports the rest, in the first attempt; then it handles all. */
export const handleBatch: BatchHandler = async (records, context) => {
  const failing = records.findIndex(({ partitionKey }) => partitionKey === 'fails once');
  const handled = failing < 0 || context.attempt > 1 ? records : records.slice(0, failing);
  for (const record of handled) addToLedger(LEDGER_FILE, record, context);
  return { failures: records.slice(handled.length).map((record) => ({ record })) };
};
