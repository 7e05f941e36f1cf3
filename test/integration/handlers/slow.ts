import { setTimeout as sleep } from 'node:timers/promises';
import * as ledger from '../../../lab/ledger-handler.js';
import type { RecordHandler } from '../../../src/index.js';

/** Takes a few milliseconds for each record, or SLOW_MS, so that a stop comes in the middle. */
export const handleRecord: RecordHandler = async (record, context) => {
  await sleep(Number(process.env.SLOW_MS ?? 5));
  await ledger.handleRecord(record, context);
};
