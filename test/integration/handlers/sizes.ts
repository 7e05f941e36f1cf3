import { createHash } from 'node:crypto';
import { addToLedger } from '../../../lab/ledger.js';
import type { RecordHandler } from '../../../src/index.js';

const file = process.env.LEDGER_FILE ?? '';

/** Notes each record with the SHA-256 of its data instead of them, and rejects those whose partition key begins with FAIL_ON. */
export const handleRecord: RecordHandler = async (record, context) => {
  await Promise.resolve();
  const { FAIL_ON } = process.env;
  if (FAIL_ON && record.partitionKey?.startsWith(FAIL_ON)) throw new TypeError('this one is poison');
  const data = createHash('sha256').update(record.data).digest();
  addToLedger(file, { ...record, data }, context);
};
