import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, startLab } from '../lab/lab.js';
import { projectRoot } from '../lab/project-root.js';
import { WorkerProcess } from '../lab/worker-process.js';
import { ProcessTree } from './process-tree.js';
import type { ReplayedRecords } from './replay/shard-source.js';
import { type Replay, startReplay } from './replay/start.js';
import { figure } from './statistics.js';

export type Transport = 'host' | 'multilang';

export interface BenchRun {
  transport: Transport;
  shards: readonly ReplayedRecords[];
  /** A file of bench/handlers/, without its ending. */
  handler: string;
  env?: Record<string, string>;
}

export interface Running {
  consumer: WorkerProcess;
  tree: ProcessTree;
  replay: Replay;
  /** The handler's, for what it has to tell: COUNTS_FOLDER. */
  folder: string;
}

let runs = 0;

/** Workers of one application. */
export interface Fleet {
  replay: Replay;
  application: string;
  start(): WorkerProcess;
}

/** Workers on the replay, with a new lease table; all are ended afterwards, whatever happens. */
export async function withFleet<T>(
  lab: Lab,
  shards: readonly ReplayedRecords[],
  env: Record<string, string>,
  use: (fleet: Fleet) => Promise<T>,
): Promise<T> {
  const replay = await startReplay({ shards });
  const application = `bench-${process.pid}-${++runs}`;
  const workers: WorkerProcess[] = [];
  const start = () => {
    const worker = new WorkerProcess(lab, {
      streamArn: `arn:aws:kinesis:${lab.region}:${lab.owner.id}:stream/replayed`,
      env: { KINESIS_ENDPOINT: replay.endpoint, APPLICATION_NAME: application, ...env },
    });
    workers.push(worker);
    return worker;
  };
  try {
    return await use({ replay, application, start });
  } finally {
    for (const worker of workers) await worker.dispose();
    await replay.stop();
  }
}

/** One worker, as {@link withFleet}, with a handler that counts. */
export async function withWorker<T>(
  lab: Lab,
  run: BenchRun,
  use: (running: Running) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'xak-bench-'));
  const env = {
    TRANSPORT: run.transport,
    HANDLER: join(projectRoot, 'build', 'bench', 'handlers', `${run.handler}.js`),
    COUNTS_FOLDER: folder,
    // KCL's least: five calls a second and shard, as many as Kinesis allows. Its default is one in 1.5 s.
    KCL_IDLE_TIME_BETWEEN_READS_IN_MILLIS: '200',
    ...run.env,
  };
  try {
    return await withFleet(lab, run.shards, env, ({ replay, start }) => {
      const consumer = start();
      return use({ consumer, tree: new ProcessTree(consumer.pid), replay, folder });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function withLab(use: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await startLab();
  try {
    await use(lab);
  } finally {
    await lab.stop();
  }
}

export function alike(count: number, records: ReplayedRecords): ReplayedRecords[] {
  return Array.from({ length: count }, () => records);
}

/** `median (least–most)`. */
export function spread(values: readonly number[], decimals = 0): string {
  const { least, median, most } = figure(values);
  return `${median.toFixed(decimals)} (${least.toFixed(decimals)}–${most.toFixed(decimals)})`;
}

export function median(values: readonly number[]): number {
  return figure(values).median;
}
