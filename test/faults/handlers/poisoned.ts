import { closeSync, openSync } from 'node:fs';
import { addToLedger } from '../../../lab/ledger.js';
import type { RecordContext, RecordHandler } from '../../../src/index.js';

const { LEDGER_FILE = '' } = process.env;

/** What a record does to the handler, by its partition key. */
const POISONS: Readonly<Record<string, (context: RecordContext) => Promise<void> | void>> = {
  'throws once': ({ attempt }) => {
    if (attempt === 1) throw new Error('thrown by the test');
  },
  throws: () => {
    throw new Error('thrown by the test');
  },
  rejects: () => Promise.reject(new Error('rejected by the test')),
  'rejects late': () => {
    setTimeout(() => void Promise.reject(new Error('nobody awaits this')), 200);
  },
  'obeys its signal': ({ attempt, signal }) =>
    attempt > 1
      ? undefined
      : new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
  hangs: () => new Promise(() => {}),
  blocks: () => {
    for (;;);
  },
  'exhausts memory': () => {
    const hoard: number[][] = [];
    for (;;) hoard.push(Array.from({ length: 10_000 }, Math.random));
  },
  'takes 30 ms': () => new Promise((resolve) => setTimeout(resolve, 30)),
  'takes a while': () => new Promise((resolve) => setTimeout(resolve, 3_000)),
  'fills the disk of the log': () => replaceStdout('/dev/full'),
  // And fails: the line that would say that it is skipped is the first that is lost.
  'fills the disk of the log, and throws': () => {
    replaceStdout('/dev/full');
    throw new Error('thrown by the test');
  },
};

/** The lowest free descriptor is taken. */
function replaceStdout(file: string): void {
  closeSync(1);
  openSync(file, 'w');
}

/** Notes each record in the ledger, after what the record's poison does; without one it returns undefined. */
export const handleRecord: RecordHandler = (record, context) => {
  const work = POISONS[record.partitionKey ?? '']?.(context);
  const note = () => addToLedger(LEDGER_FILE, record, context);
  return work === undefined ? note() : work.then(note);
};
