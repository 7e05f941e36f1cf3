import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Door } from '../../lab/gate/gate.js';
import type { Lab } from '../../lab/lab.js';
import { projectRoot } from '../../lab/project-root.js';
import { parseFailureMessage } from '../../src/index.js';
import type { FaultCase, Scene } from './fault-case.js';
import { CheckpointWatch } from './helpers/checkpoint-watch.js';
import type { Env } from './helpers/fleet-worker.js';
import { FleetWorker } from './helpers/fleet-worker.js';
import { Putter } from './helpers/putter.js';
import { SharedStream } from './helpers/shared-stream.js';
import { type Evidence, type Exit, judge, type Placed, type Stored, type Verdict } from './judge.js';

const PATIENCE_MS = 120_000;
/** pino's. */
const WARN = 40;
const LOOK_EVERY_MS = 100;
/** Records are put so long after the fault is over. */
const AFTERWARDS_MS = 1_000;
/** Shorter than in production, so that a lease is lost, and found again, within seconds. */
const QUICK: Env = { KCL_FAILOVER_TIME_MILLIS: '4000', CHECKPOINT_INTERVAL_MS: '1000' };

export interface CaseResult {
  readonly name: string;
  /** Of the runs before the final stop, and of that. */
  readonly exits: readonly Exit[];
  readonly verdict: Verdict;
  readonly seconds: number;
  /** Where the workers' logs are, if there are problems. */
  readonly logs?: string;
}

/** Runs the case on the lab, beside others; whatever goes wrong is a problem in its verdict. */
export async function runCase(lab: Lab, faultCase: FaultCase): Promise<CaseResult> {
  const startedAt = performance.now();
  const { shards = 2, fanOut = false, encrypted = false, failureQueue = false } = faultCase;
  const stream = await SharedStream.create(lab, { shards, fanOut, encrypted, failureQueue });
  const stage = await Stage.open(lab, stream, faultCase);
  let trouble: string | undefined;
  try {
    await stage.play();
  } catch (error) {
    trouble = (error as Error).message;
  }
  const evidence = await stage.close();
  const verdict = judge(evidence, faultCase);
  const problems = [
    ...(trouble === undefined ? [] : [trouble]),
    ...verdict.problems,
    ...stage.withoutEffect(),
  ];
  const logs = problems.length > 0 || process.env.FAULTS_KEEP_LOGS ? stage.keepLogs() : undefined;
  await stage.dispose();
  return {
    name: faultCase.name,
    exits: [...evidence.exits, ...evidence.stops],
    verdict: { ...verdict, problems },
    seconds: Math.round((performance.now() - startedAt) / 1000),
    ...(logs !== undefined && { logs }),
  };
}

/** A case's stream, its doors, its workers, and those who watch them. */
class Stage {
  readonly #case: FaultCase;
  readonly #scene: Scene;
  readonly #putter: Putter;
  readonly #watch: CheckpointWatch;
  readonly #workers: readonly FleetWorker[];
  #stops: Exit[] = [];
  #faults = 0;

  private constructor(faultCase: FaultCase, stage: Pick<Scene, 'lab' | 'stream' | Doors>) {
    const { lab, stream, kinesis, dynamodb, sqs } = stage;
    this.#case = faultCase;
    this.#putter = new Putter(lab, stream.arn);
    this.#watch = new CheckpointWatch(lab, stream.application);
    const { env = {}, workers = 1 } = faultCase;
    const envOf = (starts: number): Env => ({
      ...QUICK,
      ...stream.env,
      KINESIS_ENDPOINT: kinesis.endpoint,
      DYNAMO_DB_ENDPOINT: dynamodb.endpoint,
      AWS_ENDPOINT_URL: lab.gate.endpoint,
      AWS_ENDPOINT_URL_SQS: sqs.endpoint,
      ...(typeof env === 'function' ? env(starts) : env),
    });
    this.#workers = Array.from({ length: workers }, () => new FleetWorker(lab, envOf));
    const counting = (door: Door): Door => ({
      ...door,
      disturb: (fault) => {
        this.#faults++;
        return door.disturb(fault);
      },
    });
    this.#scene = {
      ...stage,
      kinesis: counting(kinesis),
      dynamodb: counting(dynamodb),
      sqs: counting(sqs),
      workers: this.#workers,
      put: () => this.#putter.put.length,
      putAlso: (records) => this.#putter.also(records),
      pausePuts: () => this.#putter.pause(),
      resumePuts: () => this.#putter.resume(),
      wait: (ms) => sleep(ms),
      caughtUp: () => this.#caughtUp(),
      until,
    };
  }

  static async open(lab: Lab, stream: SharedStream, faultCase: FaultCase): Promise<Stage> {
    const [kinesis, dynamodb, sqs] = [
      await lab.gate.addDoor(),
      await lab.gate.addDoor(),
      await lab.gate.addDoor(),
    ];
    return new Stage(faultCase, { lab, stream, kinesis, dynamodb, sqs });
  }

  /** @throws Error that names what did not come about */
  async play(): Promise<void> {
    for (const worker of this.#workers) worker.start();
    await until('every worker has started', () => this.#workers.every(({ started }) => started));
    await until('every shard is read', () => {
      const { shards = 2 } = this.#case;
      return new Set(this.#watch.stored.filter(isPlace).map(({ shard }) => shard)).size >= shards;
    });
    // What came before the workers is behind them: else hundreds of records would come again.
    await this.#checkpointed();
    await this.#case.disturb(this.#scene);
    await sleep(AFTERWARDS_MS);
    await this.#putter.stop();
    await this.#caughtUp();
    await until('every worker runs', () => this.#workers.every(({ started }) => started));
    this.#stops = await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  /** Ends all but what the logs are made from. */
  async close(): Promise<Evidence> {
    const stopped = await Promise.allSettled([this.#putter.stop(), this.#watch.stop()]);
    const failed = stopped.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const parents = await this.#scene.stream.parents();
    const runs = this.#workers.flatMap((worker) => worker.runs);
    return {
      put: this.#putter.put,
      handled: runs.flatMap(({ ledger }, run) =>
        ledger.map(({ shard, sequenceNumber, at }) => ({ shard, sequenceNumber, at, run })),
      ),
      givenUp: this.#givenUp(),
      checkpoints: this.#watch.stored,
      taken: runs.flatMap(({ log }, run) =>
        log
          .filter(({ msg }) => msg === 'shard taken')
          .map(({ shard, time }) => ({ shard: String(shard), run, at: Date.parse(String(time)) })),
      ),
      exits: this.#workers
        .flatMap(({ exits }) => exits)
        .sort((a, b) => a.at - b.at)
        .map(({ exit }) => exit),
      stops: this.#stops,
      parents,
    };
  }

  /** A fault that nobody noticed shows nothing. */
  withoutEffect(): string[] {
    const { logs } = this.#case;
    const { kinesis, dynamodb, sqs } = this.#scene;
    const met = [kinesis, dynamodb, sqs].reduce((sum, door) => sum + door.disturbedCalls(), 0);
    const logged = this.#workers.flatMap(({ runs }) =>
      runs.flatMap(({ log, stderr }) => [
        ...log.filter(({ level }) => level >= WARN).map((entry) => JSON.stringify(entry)),
        stderr,
      ]),
    );
    return [
      ...(logs !== undefined && !logged.some((line) => logs.test(line))
        ? [`nothing in the logs is ${logs}`]
        : []),
      ...(this.#faults > 0 && met === 0 ? ['the fault met no call'] : []),
    ];
  }

  async dispose(): Promise<void> {
    for (const worker of this.#workers) await worker.dispose();
    for (const door of [this.#scene.kinesis, this.#scene.dynamodb, this.#scene.sqs]) await door.shut();
  }

  /** @return the folder */
  keepLogs(): string {
    const folder = join(projectRoot, 'build', 'faults', this.#case.name.replace(/\W+/g, '-'));
    mkdirSync(folder, { recursive: true });
    this.#workers.forEach(({ runs }, worker) => {
      runs.forEach(({ log, stderr, ledger }, run) => {
        const lines = log.map((entry) => JSON.stringify(entry));
        const name = join(folder, `worker-${worker}-run-${run}`);
        writeFileSync(`${name}.log`, [...lines, stderr].join('\n'));
        writeFileSync(`${name}.ledger`, ledger.map((entry) => JSON.stringify(entry)).join('\n'));
      });
    });
    return folder;
  }

  /** Until what was put until now is checkpointed. */
  async #checkpointed(): Promise<void> {
    const last = new Map(this.#putter.put.map(({ shard, sequenceNumber }) => [shard, sequenceNumber]));
    await until('what was put is checkpointed', () =>
      [...last].every(([shard, wanted]) =>
        this.#watch.stored.some(
          (one) => one.shard === shard && isPlace(one) && BigInt(one.checkpoint) >= BigInt(wanted),
        ),
      ),
    );
  }

  #givenUp(): Placed[] {
    const skipped = this.#workers.flatMap(({ runs }) =>
      runs.flatMap(({ log }) => log.filter(({ msg }) => msg.startsWith('a record is skipped'))),
    );
    const sent = this.#scene.stream.queue?.messages ?? [];
    return [
      ...skipped.map(({ shard, sequenceNumber }) => ({
        shard: String(shard),
        sequenceNumber: String(sequenceNumber),
      })),
      ...sent.map(({ body }) => {
        const { shard, position } = parseFailureMessage(body);
        return { shard, sequenceNumber: position.sequenceNumber };
      }),
    ];
  }

  async #caughtUp(): Promise<void> {
    const wanted = [...this.#putter.put];
    await until('all that was put is handled', () => {
      const handled = new Set([
        ...this.#workers.flatMap(({ runs }) => runs.flatMap(({ ledger }) => ledger.map(keyOf))),
        ...this.#givenUp().map(keyOf),
      ]);
      return wanted.every((record) => handled.has(keyOf(record)));
    });
  }
}

/** A sequence number, and not TRIM_HORIZON or the like. */
const isPlace = ({ checkpoint }: Stored) => /^\d+$/.test(checkpoint);

type Doors = 'kinesis' | 'dynamodb' | 'sqs';

const keyOf = ({ shard, sequenceNumber }: { shard: string; sequenceNumber: string }) =>
  `${shard} ${sequenceNumber}`;

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${PATIENCE_MS / 1000} s`);
    await sleep(LOOK_EVERY_MS);
  }
}
