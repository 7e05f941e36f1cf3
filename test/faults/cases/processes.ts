import type { Effect, Fault } from '../../../lab/gate/gate.js';
import type { FaultCase, Scene } from '../fault-case.js';
import type { FleetWorker, Part } from '../helpers/fleet-worker.js';
import { noWallClock, WallClock } from '../helpers/wall-clock.js';
import type { Exit } from '../judge.js';

/** Longer than the lease lasts in these tests: 4 s. */
const OUTLASTS_LEASES_MS = 15_000;
const HOUR_MS = 3_600_000;
/** The JVM dies with Node, and Node with the JVM. */
const LAUNCHER_KILLED = /the launcher ended by itself, by SIGKILL/;

/** The worker's two processes: killed, stopped, frozen; and their clock. */
export const processCases: readonly FaultCase[] = [
  killed('SIGKILL of Node', 'node', 'SIGKILL'),
  { ...killed('SIGKILL of the JVM', 'jvm', 5), logs: LAUNCHER_KILLED },
  killed('SIGKILL of Node and the JVM', 'both', 'SIGKILL'),
  {
    name: 'SIGTERM',
    exits: [0],
    duplicates: 'none',
    async disturb(scene) {
      scene.workers[0]?.signal('SIGTERM');
      await ended(scene);
    },
  },
  {
    name: 'SIGTERM twice',
    exits: [143],
    duplicates: 'since the checkpoint',
    logs: /second signal: ending at once/,
    async disturb(scene) {
      const [worker] = scene.workers;
      worker?.signal('SIGTERM');
      // Two that come at once may be one.
      await scene.until('it stops', () => logged(worker, 'stopping: final checkpoints, then the end'));
      worker?.signal('SIGTERM');
      await ended(scene);
    },
  },
  // The JVM keeps the leases: no other worker may have them.
  { ...frozen('SIGSTOP of Node for 15 s', 'node'), duplicates: 'none' },
  takenOver('SIGSTOP of the JVM, another worker takes over', 'jvm'),
  takenOver('SIGSTOP of Node and the JVM, another worker takes over', 'both'),
  frozen('SIGSTOP of Node and the JVM for 15 s, a worker alone', 'both'),
  {
    name: 'one of three workers is killed, Node and JVM',
    exits: ['SIGKILL'],
    duplicates: 'since the checkpoint',
    workers: 3,
    shards: 6,
    async disturb(scene) {
      const [first] = scene.workers;
      await everyWorkerReads(scene);
      first?.hold();
      first?.signal('SIGKILL', 'both');
      await scene.caughtUp();
      first?.release();
    },
  },
  // KCL 3.5.1 by itself loses a worker's first batch then.
  {
    name: 'ListShards hangs while a worker starts',
    exits: [0],
    duplicates: 'none',
    logs: /The shards can't be listed, attempt 1 of 20/,
    async disturb(scene) {
      const end = scene.kinesis.disturb(onListShards({ hang: true }));
      scene.workers[0]?.signal('SIGTERM');
      await scene.until('it has asked', () => scene.kinesis.disturbedCalls() > 0);
      await scene.wait(OUTLASTS_LEASES_MS);
      end();
    },
  },
  {
    name: 'ListShards is denied while a worker starts, until it gives up',
    exits: [0, 5],
    duplicates: 'none',
    logs: /KCL has skipped records of shardId-/,
    async disturb(scene) {
      const end = scene.kinesis.disturb(onListShards({ error: 'AccessDeniedException' }));
      scene.workers[0]?.signal('SIGTERM');
      await scene.until('it has ended again', () => scene.workers[0]?.exits.length === 2);
      end();
    },
  },
  clockJumps('the wall clock jumps an hour forward, and back', HOUR_MS),
  clockJumps('the wall clock jumps an hour back, and forward', -HOUR_MS),
];

function onListShards(effect: Effect): Fault {
  return ({ operation }) => (operation === 'ListShards' ? effect : undefined);
}

function killed(name: string, part: Part, exit: Exit): FaultCase {
  return {
    name,
    exits: [exit],
    duplicates: 'since the checkpoint',
    async disturb(scene) {
      scene.workers[0]?.signal('SIGKILL', part);
      await ended(scene);
    },
  };
}

function frozen(name: string, part: Part): FaultCase {
  return {
    name,
    exits: [],
    duplicates: 'since the checkpoint',
    async disturb({ workers, wait }) {
      workers[0]?.signal('SIGSTOP', part);
      await wait(OUTLASTS_LEASES_MS);
      workers[0]?.signal('SIGCONT', part);
    },
  };
}

function takenOver(name: string, part: Part): FaultCase {
  return {
    name,
    exits: [],
    duplicates: 'since the checkpoint',
    workers: 2,
    shards: 4,
    async disturb(scene) {
      const [first] = scene.workers;
      await everyWorkerReads(scene);
      first?.signal('SIGSTOP', part);
      await scene.caughtUp();
      first?.signal('SIGCONT', part);
      await scene.wait(OUTLASTS_LEASES_MS);
    },
  };
}

function clockJumps(name: string, ms: number): FaultCase {
  const clock = new WallClock(name.replace(/\W+/g, '-'));
  return {
    name,
    exits: [],
    duplicates: 'none',
    skip: noWallClock,
    env: () => clock.env,
    async disturb({ workers, until, wait, caughtUp }) {
      clock.set(ms);
      await until('the log shows it', () => jumped(workers[0], ms));
      await wait(OUTLASTS_LEASES_MS);
      await caughtUp();
      clock.set(0);
      await wait(OUTLASTS_LEASES_MS);
    },
  };
}

function ended({ workers, until }: Scene): Promise<void> {
  return until('the worker has ended', () => workers[0]?.exits.length === 1);
}

/** KCL balances the leases in its own time. */
function everyWorkerReads({ workers, until }: Scene): Promise<void> {
  const RECENT_MS = 2_000;
  return until('every worker reads', () =>
    workers.every((worker) => (worker.current.ledger.at(-1)?.at ?? 0) > Date.now() - RECENT_MS),
  );
}

function logged(worker: FleetWorker | undefined, text: string): boolean {
  return worker?.current.log.some(({ msg }) => msg === text) === true;
}

/** Whether the newest line of Node's log, and the JVM's, is of the time that the clock shows now. */
function jumped(worker: FleetWorker | undefined, ms: number): boolean {
  const newest = worker?.current.log.findLast(({ time }) => typeof time === 'string');
  return Math.abs(Date.parse(String(newest?.time)) - Date.now() - ms) < HOUR_MS / 2;
}
