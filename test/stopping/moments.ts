import { join } from 'node:path';
import type { GateCall } from '../../lab/gate/gate.js';
import { splitShard } from '../../lab/lab.js';
import { projectRoot } from '../../lab/project-root.js';
import type { WorkerProcess } from '../../lab/worker-process.js';
import type { Env } from '../faults/helpers/fleet-worker.js';
import type { Random } from '../fuzz/helpers/random.js';
import { handlerFile } from '../integration/helpers/fixtures.js';
import { QUARTER, shard } from '../integration/helpers/reshard.js';
import { descendants } from '../lab/helpers/processes.js';
import type { Stage } from './stage.js';

/** When a worker is stopped: something that comes about, and a random while after it. */
export interface Moment {
  readonly name: string;
  /** In each run; the others only with `./scripts/test --long`. */
  readonly always?: true;
  readonly transport?: 'host' | 'multilang';
  readonly fanOut?: true;
  readonly env?: Env;
  /** To Node, the JVM and its children at once, as systemd does; to Node alone unless given. */
  readonly toAll?: true;
  /** Before the worker is started that will be stopped. */
  before?(stage: Stage): Promise<void>;
  /** At most so long after the event. */
  readonly spreadMs: number;
  reached(stage: Stage, worker: WorkerProcess, random: Random): Promise<void>;
}

const slow = (ms: number): Env => ({ HANDLER: handlerFile('slow'), SLOW_MS: String(ms) });

/** For a process to say so, long before it can log. */
const TELLS_OF_SIGTERM = `process.on('newListener', (name) => {
  if (name === 'SIGTERM') process.stderr.write('listens to SIGTERM\\n');
})`;

export const moments: readonly Moment[] = [
  {
    name: 'it has just taken over the signals',
    env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(TELLS_OF_SIGTERM)}` },
    spreadMs: 500,
    reached: (stage, worker) =>
      stage.until('it listens to SIGTERM', () => worker.stderr.includes('listens to SIGTERM')),
  },
  {
    name: 'it starts',
    spreadMs: 1_500,
    reached: (stage, worker) => stage.until('it starts', () => logged(worker, /^starting$/)),
  },
  {
    name: 'the accesses are tried out',
    env: { PREFLIGHT: 'require' },
    spreadMs: 300,
    reached: (stage, _, random) => {
      const at = 1 + random.below(8);
      return stage.until(`call ${at}`, () => stage.calls.length >= at);
    },
  },
  {
    name: 'the JVM has just been started',
    spreadMs: 1_500,
    reached: (stage, worker) =>
      stage.until('there is a JVM', () => descendants(worker.pid).some(({ command }) => isJvm(command))),
  },
  {
    name: 'KCL asks DynamoDB, from its first call to its leases',
    always: true,
    spreadMs: 100,
    reached: (stage, _, random) => {
      const at = 1 + random.below(120);
      return stage.until(`call ${at}`, () => stage.calls.filter(of('dynamodb')).length >= at);
    },
  },
  {
    name: 'the JVM has just been started; all processes get the signal',
    toAll: true,
    spreadMs: 1_500,
    reached: (stage, worker) =>
      stage.until('there is a JVM', () => descendants(worker.pid).some(({ command }) => isJvm(command))),
  },
  {
    name: 'KCL has started',
    spreadMs: 1_500,
    reached: (stage, worker) => stage.until('KCL has started', () => logged(worker, /^KCL has started$/)),
  },
  {
    name: 'the first shard is being taken: its child starts',
    always: true,
    spreadMs: 600,
    reached: (stage) => stage.until('an iterator', () => stage.calls.some(asks('GetShardIterator'))),
  },
  {
    name: 'the first shard is being taken; all processes get the signal',
    always: true,
    toAll: true,
    spreadMs: 600,
    reached: (stage) => stage.until('an iterator', () => stage.calls.some(asks('GetShardIterator'))),
  },
  {
    name: 'records are handled; all processes get the signal',
    toAll: true,
    env: slow(40),
    spreadMs: 200,
    reached: (stage, worker) => stage.until('some are handled', () => worker.ledger.length >= 10),
  },
  {
    name: 'the first shard is being taken, fan-out',
    fanOut: true,
    spreadMs: 600,
    reached: (stage) => stage.until('a subscription', () => stage.calls.some(asks('SubscribeToShard'))),
  },
  {
    name: 'records are handled',
    always: true,
    env: slow(40),
    spreadMs: 200,
    reached: (stage, worker, random) => {
      const at = 1 + random.below(60);
      return stage.until(`${at} are handled`, () => worker.ledger.length >= at);
    },
  },
  {
    name: 'checkpoints are under way',
    env: { ...slow(60), CHECKPOINT_INTERVAL_MS: '50' },
    spreadMs: 30,
    reached: (stage, _, random) => {
      stage.dynamodb.disturb((call) => (isCheckpoint(call) ? { delayMs: 200 } : undefined));
      const at = 1 + random.below(6);
      return stage.until(`checkpoint ${at}`, () => stage.calls.filter(isCheckpoint).length >= at);
    },
  },
  {
    name: 'a handler that fails is tried again',
    always: true,
    env: {
      HANDLER: join(projectRoot, 'build', 'test', 'faults', 'handlers', 'poisoned.js'),
      MAX_ATTEMPTS: '1000',
    },
    spreadMs: 500,
    async reached(stage, worker) {
      await stage.putAlso([{ partitionKey: 'throws', data: Buffer.from('poison') }]);
      stage.put.pop(); // it is never handled
      await stage.until('an attempt fails', () =>
        logged(worker, /^the record handler failed, trying again$/),
      );
    },
  },
  {
    name: 'a shard can not be initialized',
    always: true,
    spreadMs: 1_000,
    async reached(stage, worker) {
      const refused = ({ operation, fields }: GateCall) =>
        operation === 'GetShardIterator' && fields.ShardId === shard(0);
      stage.kinesis.disturb((call) => (refused(call) ? { error: 'AccessDeniedException' } : undefined));
      await stage.until('it is refused twice', () => stage.calls.filter(refused).length >= 2);
      await stage.until('the other is read', () => worker.ledger.some((one) => one.shard === shard(1)));
    },
  },
  {
    name: 'GetShardIterator hangs',
    spreadMs: 500,
    async reached(stage, worker) {
      const hung = ({ operation, fields }: GateCall) =>
        operation === 'GetShardIterator' && fields.ShardId === shard(0);
      stage.kinesis.disturb((call) => (hung(call) ? { hang: true } : undefined));
      await stage.until('it hangs', () => stage.calls.some(hung));
      await stage.until('the other is read', () => worker.ledger.some((one) => one.shard === shard(1)));
    },
  },
  {
    name: 'a record processor is within initialize',
    env: { HANDLER: join(projectRoot, 'build', 'test', 'stopping', 'slow-to-initialize.js') },
    spreadMs: 2_000,
    reached: (stage, worker) =>
      stage.until(
        'it initializes',
        () => worker.stderr.includes('initializing') || logged(worker, /^initializing$/),
      ),
  },
  {
    name: 'GetRecords hangs',
    spreadMs: 500,
    async reached(stage) {
      stage.kinesis.disturb((call) => (asks('GetRecords')(call) ? { hang: true } : undefined));
      await stage.until('it hangs', () => stage.kinesis.disturbedCalls() > 0);
    },
  },
  {
    name: 'SubscribeToShard hangs',
    fanOut: true,
    spreadMs: 500,
    async reached(stage) {
      stage.kinesis.disturb((call) => (asks('SubscribeToShard')(call) ? { hang: true } : undefined));
      await stage.until('it hangs', () => stage.kinesis.disturbedCalls() > 0);
    },
  },
  {
    name: 'the lease of a shard waits for its parent',
    env: slow(200),
    spreadMs: 1_000,
    async reached(stage, worker) {
      await stage.until('shard 0 is read', () => worker.ledger.some((one) => one.shard === shard(0)));
      await splitShard(stage.lab.owner, stage.stream.arn, shard(0), QUARTER);
      await stage.until('it has a lease of a child', async () =>
        (await stage.leases()).some((one) => one.shard === shard(2) && one.owner !== undefined),
      );
    },
  },
  {
    name: 'a shard has just ended',
    env: slow(1),
    spreadMs: 1_200,
    async reached(stage, worker) {
      await stage.untilAllHandled();
      await splitShard(stage.lab.owner, stage.stream.arn, shard(0), QUARTER);
      await stage.until('it has ended', () => logged(worker, /^shard ended, checkpointed$/));
    },
  },
  {
    name: 'another worker takes shards over',
    env: slow(150),
    spreadMs: 1_500,
    async reached(stage, worker, random) {
      await stage.until('both shards are read', () => taken(worker).size === 2);
      const first = stage.calls.length;
      stage.start('second', slow(150));
      const handsOver = (call: GateCall) => writes(call) && 'checkpointOwner' in written(call);
      const on = random.pick(['the request', 'the end'] as const);
      await stage.until('a lease is to be handed over', () => stage.calls.slice(first).some(handsOver));
      if (on === 'the end') {
        await stage.until('it is', async () =>
          (await stage.leases()).some(({ owner }) => owner === 'second'),
        );
      }
    },
  },
  {
    name: 'it takes a shard over from another worker',
    env: slow(150),
    spreadMs: 1_500,
    async before(stage) {
      const other = stage.start('second', slow(150));
      await stage.until('the other reads both shards', () => taken(other).size === 2);
      stage.calls.length = 0;
    },
    async reached(stage, _, random) {
      const handsOver = (call: GateCall) => writes(call) && 'checkpointOwner' in written(call);
      await stage.until('a lease is to be handed over', () => stage.calls.some(handsOver));
      if (random.onceIn(2)) {
        await stage.until('it is', async () => (await stage.leases()).some(({ owner }) => owner === 'first'));
      }
    },
  },
];

function logged({ log }: WorkerProcess, text: RegExp): boolean {
  return log.some(({ msg }) => text.test(msg));
}

function taken({ log }: WorkerProcess): Set<unknown> {
  return new Set(log.filter(({ msg }) => msg === 'shard taken').map((entry) => entry.shard));
}

const of = (wanted: string) => (call: GateCall) => call.service === wanted;
const asks = (wanted: string) => (call: GateCall) => call.operation === wanted;
const isJvm = (command: string) => command.includes('crossaccountkcl.run.Launcher');

const writes = ({ operation }: GateCall) => operation === 'UpdateItem';
const written = ({ fields }: GateCall) => (fields.AttributeUpdates ?? {}) as Record<string, unknown>;
/** The renewal of a lease leaves the checkpoint alone. */
const isCheckpoint = (call: GateCall) => writes(call) && 'checkpoint' in written(call);
