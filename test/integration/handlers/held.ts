import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as ledger from '../../../lab/ledger-handler.js';
import type { RecordHandler } from '../../../src/index.js';

const { HELD_IN = '' } = process.env;

/** Says in the folder HELD_IN that it has begun, and handles nothing before "release" is there. */
export const handleRecord: RecordHandler = async (record, context) => {
  writeFileSync(join(HELD_IN, 'begun'), '');
  while (!existsSync(join(HELD_IN, 'release'))) await sleep(20);
  await ledger.handleRecord(record, context);
};
