import type { FaultCase } from '../fault-case.js';
import type { Part } from '../helpers/fleet-worker.js';

/** The worker's own processes. */
export const processCases: readonly FaultCase[] = [
  killed('the JVM is killed', 'jvm', 5),
  killed('Node is killed', 'node', 'SIGKILL'),
  {
    name: 'one of three workers is killed',
    workers: 3,
    shards: 3,
    exits: ['SIGKILL'],
    duplicates: 'since the checkpoint',
    async disturb({ workers: [first], caughtUp }) {
      first?.hold();
      first?.signal('SIGKILL', 'both');
      await caughtUp();
      first?.release();
    },
  },
];

function killed(name: string, part: Part, exit: FaultCase['exits'][number]): FaultCase {
  return {
    name,
    exits: [exit],
    duplicates: 'since the checkpoint',
    async disturb({ workers, caughtUp }) {
      for (const worker of workers) worker.signal('SIGKILL', part);
      await caughtUp();
    },
  };
}
