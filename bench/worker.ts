/**
 * What one worker holds, in both transports: `multilang` is the way of the stock MultiLangDaemon, a Node process for
 * each shard. Run it with `npm run bench:worker`; docs/performance.md has its figures and says what they mean.
 *
 * The environment may give other rounds: ROUNDS=1 SHARDS=1,16 RATES=0,1 npm run bench:worker
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../lab/lab.js';
import { alike, median, spread, type Transport, withLab, withWorker } from './bench-run.js';
import { readCounts } from './handlers/counts.js';
import type { ProcessTree } from './process-tree.js';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SHARDS = numbers(process.env.SHARDS ?? '1,4,16,64');
/** MB/s put into each shard; 0: as much as the worker takes. A shard takes 1 MB/s, and gives 2. */
const RATES = numbers(process.env.RATES ?? '0,1');
const TRANSPORTS: readonly Transport[] = ['host', 'multilang'];
const RECORD_BYTES = 1024;
/** Without a rate: 5 MiB, of the 10 that Kinesis gives at once. */
const RECORDS_PER_BATCH = 5_000;
const START_TIMEOUT_MS = 600_000;
/** In CPU time, and not by the clock: on a busy machine the JVM would else still be compiling. */
const WARM_UP_CPU_SECONDS = 15;
const WINDOW_CPU_SECONDS = 6;
const WARM_UP_TIMEOUT_MS = 90_000;
const SAMPLE_MS = 1_000;

interface Figures {
  megabytesPerSecond: number;
  recordsPerSecond: number;
  cpuSecondsPerGB: number;
  /** Of those, the Node process or processes: one of `host` can't use more than one core. */
  nodeCpuSecondsPerGB: number;
  /** Of the whole tree, so that 2 is both of two cores. */
  cores: number;
  peakPssMiB: number;
  firstRecordSeconds: number;
  lastShardSeconds: number;
}

interface Case {
  transport: Transport;
  shards: number;
  rate: number;
}

await withLab(async (lab) => {
  for (const rate of RATES) {
    for (const shards of SHARDS) {
      const rounds: Record<Transport, Figures[]> = { host: [], multilang: [] };
      // Interleaved, so that what else the machine does meets both.
      for (let round = 0; round < ROUNDS; round++) {
        for (const transport of TRANSPORTS)
          rounds[transport].push(await measure(lab, { transport, shards, rate }));
      }
      print(shards, rate, rounds);
    }
  }
});
process.exit();

function measure(lab: Lab, { transport, shards, rate }: Case): Promise<Figures> {
  const records = {
    recordBytes: RECORD_BYTES,
    recordsPerBatch: RECORDS_PER_BATCH,
    bytesPerSecond: rate * 1e6,
  };
  const run = { transport, shards: alike(shards, records), handler: 'counting' };
  return withWorker(lab, run, async ({ consumer, tree, folder }) => {
    const everyShard = () => Object.keys(readCounts(folder).firstAt).length === shards;
    await consumer.until('a record of each shard', everyShard, START_TIMEOUT_MS);
    const begun = tree.cpuSeconds();
    const warm = () => tree.cpuSeconds() - begun > WARM_UP_CPU_SECONDS;
    await waitFor(warm, WARM_UP_TIMEOUT_MS);
    const since = { ...readCounts(folder), at: performance.now(), cpu: cpuOf(tree) };
    let peakPssMiB = 0;
    await waitFor(() => {
      peakPssMiB = Math.max(peakPssMiB, tree.pssMiB());
      return tree.cpuSeconds() - since.cpu.whole > WINDOW_CPU_SECONDS;
    }, WARM_UP_TIMEOUT_MS);
    const { records, bytes, firstAt } = readCounts(folder);
    const seconds = (performance.now() - since.at) / 1000;
    const cpu = cpuOf(tree);
    const perGB = 1e9 / (bytes - since.bytes);
    const afterStart = Object.values(firstAt).map((at) => (at - consumer.startedAt) / 1000);
    return {
      megabytesPerSecond: (bytes - since.bytes) / 1e6 / seconds,
      recordsPerSecond: (records - since.records) / seconds,
      cpuSecondsPerGB: (cpu.whole - since.cpu.whole) * perGB,
      nodeCpuSecondsPerGB: (cpu.node - since.cpu.node) * perGB,
      cores: (cpu.whole - since.cpu.whole) / seconds,
      peakPssMiB,
      firstRecordSeconds: Math.min(...afterStart),
      lastShardSeconds: Math.max(...afterStart),
    };
  });
}

function cpuOf(tree: ProcessTree): { whole: number; node: number } {
  const whole = tree.cpuSeconds();
  return { whole, node: whole - tree.cpuSeconds(tree.pids()[1]) };
}

/** Also returns when the time is up: a worker that has little to do warms up slowly. */
async function waitFor(holds: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!holds() && performance.now() < deadline) await sleep(SAMPLE_MS);
}

function print(shards: number, rate: number, rounds: Record<Transport, Figures[]>): void {
  const rows: readonly [string, keyof Figures, number][] = [
    ['MB/s', 'megabytesPerSecond', 1],
    ['records/s', 'recordsPerSecond', 0],
    ['CPU seconds per GB', 'cpuSecondsPerGB', 1],
    ['of them Node', 'nodeCpuSecondsPerGB', 1],
    ['cores in use', 'cores', 2],
    ['peak PSS, MiB', 'peakPssMiB', 0],
    ['start to first record, s', 'firstRecordSeconds', 1],
    ['start to a record of each shard, s', 'lastShardSeconds', 1],
  ];
  const data = rate === 0 ? 'as fast as it reads' : `${rate} MB/s in each`;
  process.stdout.write(`${shards} shards, ${data}; median (least–most) of ${ROUNDS}\n`);
  process.stdout.write('| | host | multilang | multilang : host |\n| --- | ---: | ---: | ---: |\n');
  for (const [name, key, decimals] of rows) {
    const host = rounds.host.map((figures) => figures[key]);
    const multilang = rounds.multilang.map((figures) => figures[key]);
    const ratio = (median(multilang) / median(host)).toFixed(2);
    process.stdout.write(
      `| ${name} | ${spread(host, decimals)} | ${spread(multilang, decimals)} | ${ratio} |\n`,
    );
  }
  process.stdout.write('\n');
}

function numbers(text: string): number[] {
  return text.split(',').map(Number);
}
