import type { RecordHandler } from '../src/index.js';
import { addToLedger } from './ledger.js';

const file = process.env.LEDGER_FILE;
if (file === undefined) throw new Error('LEDGER_FILE is not set');

/** Notes every record in LEDGER_FILE, for the demo and the tests. */
export const handleRecord: RecordHandler = (record, context) => addToLedger(file, record, context);
