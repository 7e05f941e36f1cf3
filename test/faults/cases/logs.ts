import { join } from 'node:path';
import { projectRoot } from '../../../lab/project-root.js';
import type { FaultCase, Scene } from '../fault-case.js';
import type { Env } from '../helpers/fleet-worker.js';

const POISONED: Env = {
  HANDLER: join(projectRoot, 'build', 'test', 'faults', 'handlers', 'poisoned.js'),
  MAX_ATTEMPTS: '2',
  RETRY_DELAY_MS: '50',
};
const PRETTY: Env = { LOG_FORMAT: 'pretty' };
const FULL = 'fills the disk of the log';

/** The log can't be written any more: the worker stops, and its exit code is none that a supervisor takes for success. */
export const logCases: readonly FaultCase[] = [
  fullDisk('the disk of the log is full'),
  fullDisk('the disk of the log is full, LOG_FORMAT=pretty', PRETTY),
  // The line that says so is the first that is lost, so the record must come again.
  fullDisk(
    'the disk of the log is full when a record is skipped',
    { ON_FAILURE: 'skip' },
    `${FULL}, and throws`,
  ),
  unread('nobody reads the log'),
  unread('nobody reads the log, LOG_FORMAT=pretty', PRETTY),
  unread('nobody reads the log, multilang', { TRANSPORT: 'multilang' }),
  unread('nobody reads the log, multilang, LOG_FORMAT=pretty', { ...PRETTY, TRANSPORT: 'multilang' }),
];

function fullDisk(name: string, env: Env = {}, partitionKey = FULL): FaultCase {
  return {
    ...lost(name, /the log can't be written \(ENOSPC/, { ...POISONED, ...env }),
    async disturb(scene) {
      await scene.putAlso([{ partitionKey, data: Buffer.from('{}') }]);
      await ended(scene);
      await scene.caughtUp();
    },
  };
}

/** As with `start | head`. */
function unread(name: string, env: Env = {}): FaultCase {
  return {
    ...lost(name, /the log can't be written \(EPIPE/, env),
    async disturb(scene) {
      scene.workers[0]?.current.stopReadingLog();
      await ended(scene);
      await scene.caughtUp();
    },
  };
}

function lost(name: string, logs: RegExp, first: Env): Omit<FaultCase, 'disturb'> {
  return { name, exits: [6], duplicates: 'none', logs, env: (starts) => (starts === 0 ? first : {}) };
}

function ended({ workers, until }: Scene): Promise<void> {
  return until('the worker has ended', () => workers.every(({ exits }) => exits.length > 0));
}
