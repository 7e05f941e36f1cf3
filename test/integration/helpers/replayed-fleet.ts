import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient, UpdateShardCountCommand } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { alike } from '../../../bench/bench-run.js';
import { sequenceNumber } from '../../../bench/replay/prepared-answer.js';
import { type Replay, type ReplayedShardState, startReplay } from '../../../bench/replay/start.js';
import type { Lab } from '../../../lab/lab.js';
import { WorkerProcess } from '../../../lab/worker-process.js';
import { judge, type Placed, type Verdict } from '../../faults/judge.js';
import { leasesOf } from './fixtures.js';
import { shardsTaken } from './fleet.js';

/** How long a stop may take here: final checkpoints of hundreds of shards, on a busy machine. */
export const GRACE_MS = 50_000;
/** One record a second in each shard. */
const RECORDS = { recordBytes: 64, recordsPerBatch: 50, bytesPerSecond: 64 };

/** Leases move within seconds, and children begin as soon as their parents are read. */
const QUICK = {
  LEASE_ASSIGNMENT_INTERVAL_MILLIS: '1000',
  VARIANCE_BALANCING_FREQUENCY: '2',
  KCL_PARENT_SHARD_POLL_INTERVAL_MILLIS: '500',
  SHUTDOWN_GRACE_MILLIS: String(GRACE_MS),
};

let fleets = 0;

/** Workers of one application on a replayed stream of many shards, whose number changes. */
export class ReplayedFleet {
  readonly application = `many-shards-${process.pid}-${++fleets}`;
  readonly workers: WorkerProcess[] = [];
  readonly #lab: Lab;
  readonly #replay: Replay;
  readonly #kinesis: KinesisClient;
  readonly #arn: string;
  readonly #patienceMs: number;

  private constructor(lab: Lab, replay: Replay, patienceMs: number) {
    this.#lab = lab;
    this.#replay = replay;
    this.#patienceMs = patienceMs;
    this.#arn = `arn:aws:kinesis:${lab.region}:${lab.owner.id}:stream/replayed`;
    this.#kinesis = new KinesisClient({
      region: lab.region,
      endpoint: replay.endpoint,
      credentials: { accessKeyId: lab.owner.id, secretAccessKey: 'lab' },
      requestHandler: new NodeHttpHandler(),
    });
  }

  /** @param patienceMs how long each wait may take; end() has two */
  static async open(lab: Lab, shards: number, patienceMs: number): Promise<ReplayedFleet> {
    return new ReplayedFleet(lab, await startReplay({ shards: alike(shards, RECORDS) }), patienceMs);
  }

  start(env: Record<string, string> = {}): WorkerProcess {
    const worker = new WorkerProcess(this.#lab, {
      streamArn: this.#arn,
      env: {
        KINESIS_ENDPOINT: this.#replay.endpoint,
        APPLICATION_NAME: this.application,
        ...QUICK,
        ...env,
      },
    });
    this.workers.push(worker);
    return worker;
  }

  /** SIGTERM. @throws Error with what it complained of, unless it ends well */
  async stop(worker: WorkerProcess): Promise<void> {
    const { code } = await worker.stop();
    if (code !== 0) throw new Error(`the worker ended with ${code}\n${worker.stderr}\n${worker.lastLog(40)}`);
  }

  async updateShardCount(target: number): Promise<void> {
    const ScalingType = 'UNIFORM_SCALING';
    await this.#kinesis.send(
      new UpdateShardCountCommand({ StreamARN: this.#arn, TargetShardCount: target, ScalingType }),
    );
  }

  /** Waits until this worker has been given shards. */
  async untilGivenShards(worker: WorkerProcess): Promise<void> {
    await worker.until('it is given shards', () => shardsTaken(worker).length > 0, this.#patienceMs);
  }

  /** Waits until a record of each open shard is handled; of those that a reshard closed at once, none need be. */
  async untilOpenShardsAreRead(): Promise<void> {
    await this.#until('a record of each open shard is handled', async () => {
      const read = new Set(this.#ledger.map(({ shard }) => shard));
      const shards = await this.#replay.shards();
      return shards.filter(({ id, open }) => open && !read.has(id)).length;
    });
  }

  /** Puts no more, waits until all is handled, stops the workers and judges. @return the leases, too */
  async end(): Promise<{ verdict: Verdict; shards: ReplayedShardState[]; leases: Map<string, string> }> {
    const shards = await this.#replay.freeze();
    const put = shards.flatMap(({ id, records = 0 }) =>
      Array.from({ length: records }, (_, index) => ({ shard: id, sequenceNumber: sequenceNumber(index) })),
    );
    await this.#until('every record is handled', () => {
      const handled = new Set(this.#ledger.map(keyOf));
      return put.filter((record) => !handled.has(keyOf(record))).length;
    });
    const closed = new Set(shards.filter(({ open }) => !open).map(({ id }) => id));
    await this.#until('the end of every closed shard is stored', async () => {
      const leases = await leasesOf(this.#lab, this.application);
      return leases.filter(({ shardId, checkpoint }) => closed.has(shardId) && checkpoint !== 'SHARD_END')
        .length;
    });
    const running = this.workers.filter((worker) => worker.running);
    const stops = await Promise.all(running.map(async (worker) => (await worker.stop()).code ?? 'SIGKILL'));
    const leases = new Map(
      (await leasesOf(this.#lab, this.application)).map(({ shardId, checkpoint = '' }) => [
        shardId,
        checkpoint,
      ]),
    );
    const at = Date.now();
    const checkpoints = shards.map(({ id }) => ({
      shard: id,
      checkpoint: leases.get(id) ?? 'SHARD_END',
      at,
    }));
    const parents = new Map(shards.map((shard) => [shard.id, shard.parents]));
    const evidence = { put, handled: this.#ledger, checkpoints, parents, exits: [], stops };
    return { verdict: judge(evidence, { exits: [], duplicates: 'since the checkpoint' }), shards, leases };
  }

  async dispose(): Promise<void> {
    for (const worker of this.workers) await worker.dispose();
    this.#kinesis.destroy();
    await this.#replay.stop();
  }

  async #until(what: string, missing: () => number | Promise<number>): Promise<void> {
    const deadline = Date.now() + this.#patienceMs;
    for (;;) {
      const left = await missing();
      if (left === 0) return;
      if (Date.now() > deadline || !this.workers.some(({ running }) => running)) {
        const logs = this.workers.map((worker) => worker.lastLog()).join('\n\n');
        throw new Error(`${what}: ${left} are missing\n${logs}`);
      }
      await sleep(200);
    }
  }

  get #ledger() {
    return this.workers.flatMap(({ ledger }, run) =>
      ledger.map(({ shard, sequenceNumber, at }) => ({ shard, sequenceNumber, at, run })),
    );
  }
}

const keyOf = ({ shard, sequenceNumber }: Placed) => `${shard} ${sequenceNumber}`;
