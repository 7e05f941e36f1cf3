import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../../lab/lab.js';
import { WorkerProcess } from '../../../lab/worker-process.js';
import { CheckpointWatch } from '../../faults/helpers/checkpoint-watch.js';
import { type Expected, judge, type Placed, type Verdict } from '../../faults/judge.js';
import { descendants } from '../../lab/helpers/processes.js';

const PATIENCE_MS = 120_000;

/** Shorter than in production, so that leases move within seconds. */
const QUICK = {
  KCL_FAILOVER_TIME_MILLIS: '4000',
  LEASE_ASSIGNMENT_INTERVAL_MILLIS: '1000',
  VARIANCE_BALANCING_FREQUENCY: '2',
  CHECKPOINT_INTERVAL_MS: '1000',
};

/** Several workers of one application, and what they have handled together. */
export class Fleet {
  readonly workers: WorkerProcess[] = [];
  readonly #lab: Lab;
  readonly #streamArn: string;
  readonly #watch: CheckpointWatch;

  constructor(lab: Lab, streamArn: string, application: string) {
    this.#lab = lab;
    this.#streamArn = streamArn;
    this.#watch = new CheckpointWatch(lab, application);
  }

  /** A worker of its own, as on another machine. */
  start(env: Record<string, string> = {}): WorkerProcess {
    const options = { streamArn: this.#streamArn, env: { ...QUICK, ...env } };
    const worker = new WorkerProcess(this.#lab, options);
    this.workers.push(worker);
    return worker;
  }

  get handled(): number {
    return this.#ledger.length;
  }

  /** Waits until some worker has handled each of these. @throws Error if a minute or two do not suffice */
  async untilHandled(records: readonly Placed[]): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    const missing = () => {
      const handled = new Set(this.#ledger.map(keyOf));
      return records.filter((record) => !handled.has(keyOf(record)));
    };
    while (missing().length > 0) {
      if (Date.now() > deadline) {
        const logs = this.workers.map((worker) => worker.lastLog()).join('\n\n');
        throw new Error(`${missing().length} of ${records.length} records are not handled\n${logs}`);
      }
      await sleep(100);
    }
  }

  /** Stops those that still run, and judges all that was handled. */
  async judge(put: readonly Placed[], duplicates: Expected['duplicates']): Promise<Verdict> {
    const stops = await Promise.all(
      this.workers
        .filter(({ running }) => running)
        .map(async (worker) => (await worker.stop()).code ?? 'SIGKILL'),
    );
    await this.#watch.stop();
    const evidence = { put, handled: this.#ledger, checkpoints: this.#watch.stored, exits: [], stops };
    return judge(evidence, { exits: [], duplicates });
  }

  async dispose(): Promise<void> {
    for (const worker of this.workers) await worker.dispose();
    await this.#watch.stop().catch(() => {});
  }

  get #ledger() {
    return this.workers.flatMap(({ ledger }, run) =>
      ledger.map(({ shard, sequenceNumber, at }) => ({ shard, sequenceNumber, at, run })),
    );
  }
}

/** The shards that a worker has begun to read, each time that it has. */
export function shardsTaken({ log }: WorkerProcess): string[] {
  return log.filter(({ msg }) => msg === 'shard taken').map(({ shard }) => String(shard));
}

/** As the kernel does for want of memory, or a machine that is gone: neither of the two says a word. */
export function killBoth(worker: WorkerProcess): void {
  const jvm = descendants(worker.pid).find(({ command }) => command.includes('crossaccountkcl.run.Launcher'));
  if (jvm === undefined) throw new Error('the worker has no JVM');
  process.kill(jvm.pid, 'SIGKILL');
  worker.kill('SIGKILL');
}

const keyOf = ({ shard, sequenceNumber }: Placed) => `${shard} ${sequenceNumber}`;
