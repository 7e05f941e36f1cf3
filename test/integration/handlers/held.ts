import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as ledger from '../../../lab/ledger-handler.js';
import type { RecordHandler } from '../../../src/index.js';

const { HELD_UNTIL = '' } = process.env;

/** Handles nothing before the file HELD_UNTIL is there. */
export const handleRecord: RecordHandler = async (record, context) => {
  while (!existsSync(HELD_UNTIL)) await sleep(20);
  await ledger.handleRecord(record, context);
};
