import { type BenchEmulators, type RunOptions, withReplay } from '../peers/bench-emulators.js';
import { type Peer, workerOf } from '../peers/peer.js';
import { PeerProcess } from '../peers/peer-process.js';
import { seedLeases, uniformHashKeys } from '../peers/seed-leases.js';
import { NODE } from '../process-tree.js';
import type { ReplayOptions } from '../replay/start.js';

export interface DrainCase {
  peer: Peer;
  shards: number;
  recordBytes: number;
  recordsPerBatch: number;
  /** It ends after so much, or when the time from the first record on is up. */
  gigabytes: number;
  seconds: number;
  heap?: string;
  tls?: ReplayOptions['tls'] & { pemFile: string };
}

/** CPU is that of the whole process tree, from the first record on; `warm` is of the second half of the bytes. */
export interface Drained {
  gigabytes: number;
  cpuPerGB: { whole: number; warm: number };
  nodeCpuPerGB: { whole: number; warm: number };
  recordsPerSecond: number;
  peakPssMiB: number;
  firstRecordSeconds: number;
  cpuBeforeFirstRecord: number;
}

interface Sample {
  at: number;
  records: number;
  bytes: number;
  cpu: number;
  node: number;
}

const FIRST_RECORD_TIMEOUT_MS = 60_000;
const SAMPLE_MS = 200;
const SAMPLES_FOR_PSS = 5;
const GB = 1e9;
/** Kinesis takes five calls a second and shard; KCL's least. */
const IDLE_BETWEEN_READS_MS = 200;

let runs = 0;

/** A restart of the peer, on shards that always have more. @throws Error with its last log lines */
export async function drain(where: BenchEmulators, one: DrainCase): Promise<Drained> {
  const { peer, shards, recordBytes, recordsPerBatch, heap, tls } = one;
  const applicationName = `drain-${peer.id}-${++runs}`;
  if (peer.kcl) {
    await seedLeases(where.reader.dynamodb, applicationName, uniformHashKeys(shards), workerOf(peer));
  }
  const records = { recordBytes, recordsPerBatch, bytesPerSecond: 0 };
  return withReplay(
    shards,
    records,
    async ({ endpoint }) => {
      const options: RunOptions = {
        applicationName,
        intervals: 'short',
        idleBetweenReadsMs: IDLE_BETWEEN_READS_MS,
        ...(heap === undefined ? {} : { heap }),
        ...(tls && { trust: tls }),
      };
      const kinesisEndpoint = tls ? `https://localhost:${tls.port}` : endpoint;
      const process = new PeerProcess(peer, where.run({ ...options, kinesisEndpoint }));
      try {
        return await measure(process, one);
      } finally {
        // No other run has its lease table.
        await process.stop({ asking: false });
      }
    },
    tls,
  );
}

async function measure(process: PeerProcess, { peer, gigabytes, seconds }: DrainCase): Promise<Drained> {
  const first = await process.firstRecord(FIRST_RECORD_TIMEOUT_MS);
  const { tree, progress } = process;
  const begin = { at: progress.firstRecordAt ?? Date.now(), records: 0, bytes: 0 };
  const samples: Sample[] = [];
  let peakPssMiB = 0;
  const sampled = () => {
    progress.read();
    const cpu = tree.cpuByProgram();
    const last: Sample = {
      at: Date.now(),
      records: progress.records,
      bytes: progress.bytes,
      cpu: [...cpu.values()].reduce((sum, value) => sum + value, 0),
      node: cpu.get(NODE) ?? 0,
    };
    if (samples.length % SAMPLES_FOR_PSS === 0) peakPssMiB = Math.max(peakPssMiB, tree.pssMiB());
    samples.push(last);
    return last.bytes >= gigabytes * GB || last.at - begin.at >= seconds * 1000;
  };
  // Ends by its own clock; the limit is for a peer that has ended.
  await process.until(`${gigabytes} GB`, (seconds + 60) * 1000, sampled, SAMPLE_MS);

  const [start, end] = [samples[0] as Sample, samples.at(-1) as Sample];
  if (end.bytes - start.bytes < end.bytes / 2) {
    throw new Error(`${peer.name}: ${end.bytes} bytes in ${samples.length} samples are too few to measure`);
  }
  const half = samples.find(({ bytes }) => bytes >= end.bytes / 2) as Sample;
  if (half === end) {
    throw new Error(`${peer.name}: the second half of ${end.bytes} bytes came at once, too soon to measure`);
  }
  const perGB = (from: Sample, of: 'cpu' | 'node') => ((end[of] - from[of]) * GB) / (end.bytes - from.bytes);
  return {
    gigabytes: end.bytes / GB,
    cpuPerGB: { whole: perGB(start, 'cpu'), warm: perGB(half, 'cpu') },
    nodeCpuPerGB: { whole: perGB(start, 'node'), warm: perGB(half, 'node') },
    recordsPerSecond: (end.records * 1000) / (end.at - begin.at),
    peakPssMiB,
    firstRecordSeconds: first.seconds,
    cpuBeforeFirstRecord: first.cpuSeconds,
  };
}
