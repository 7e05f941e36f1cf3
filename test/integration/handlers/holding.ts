import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { addToLedger } from '../../../lab/ledger.js';
import type { RecordHandler } from '../../../src/index.js';

const { LEDGER_FILE = '', HOLD_ON = '', HOLD_FILE = '' } = process.env;

/**
 * Handles records as the ledger does, but holds the one whose partition key is HOLD_ON: makes HOLD_FILE, and waits until
 * `HOLD_FILE`.released is there.
 */
export const handleRecord: RecordHandler = async (record, context) => {
  if (record.partitionKey === HOLD_ON) {
    writeFileSync(HOLD_FILE, '');
    while (!existsSync(`${HOLD_FILE}.released`)) await sleep(50, undefined, { signal: context.signal });
  }
  addToLedger(LEDGER_FILE, record, context);
};
