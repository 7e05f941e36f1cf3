/**
 * The transport by itself: prepared batches from the Java record processor to the handler and back, without Kinesis,
 * KCL's scheduler or the lease table. Ours, one Node process for all shards, beside the stock MultiLangDaemon's, a process
 * for each.
 */

import type { BenchContext, Cell, Section, Table } from '../section.js';
import { figure } from '../statistics.js';
import { compileSender } from './compile-sender.js';
import { type Measured, measure, SIZES, type Transport } from './measure.js';

const NAMES: Record<Transport, string> = {
  record: 'host, record by record',
  batch: 'host, in batches',
  stock: 'stock MultiLangDaemon and aws-kcl',
};

/** A round takes two minutes; the figures are CPU, which differs little between rounds. */
const MOST_ROUNDS = 2;

interface Case {
  transport: Transport;
  shards: number;
}

const cases = (transport: Transport, ...shards: number[]): Case[] =>
  shards.map((count) => ({ transport, shards: count }));

export async function run({ quick, rounds, log }: BenchContext): Promise<Section> {
  const all = quick
    ? [...cases('record', 1, 16), ...cases('batch', 16), ...cases('stock', 1, 16)]
    : [...cases('record', 1, 4, 16, 64, 256), ...cases('batch', 4, 16), ...cases('stock', 1, 16, 64)];
  const times = quick
    ? { warmUpMs: 2_000, settleMs: 500, measuredMs: 700 }
    : { warmUpMs: 3_000, settleMs: 700, measuredMs: 1_300 };
  const roundsHere = Math.min(rounds, MOST_ROUNDS);
  const results = new Map<Case, Measured[]>(all.map((one) => [one, []]));
  const sender = await compileSender();
  try {
    // Interleaved, so that what else the machine does meets all.
    for (let round = 0; round < roundsHere; round++) {
      for (const one of all) {
        log(`transport: ${nameOf(one)}, round ${round + 1} of ${roundsHere}`);
        results.get(one)?.push(await measure(sender, one.transport, one.shards, times));
      }
    }
  } finally {
    sender.remove();
  }
  const median = (transport: Transport, shards: number, key: (of: Measured) => number) => {
    const found = [...results].find(([one]) => one.transport === transport && one.shards === shards);
    return figure((found?.[1] ?? []).map(key));
  };
  return {
    id: 'transport',
    title: 'The transport by itself',
    tables: [
      ...SIZES.map(({ bytes, name }, size) => speed(`Records of ${name}`, bytes, size, results)),
      memory(results),
    ],
    charts: SIZES.map(({ name }, size) => ({
      name: `transport-${name.toLowerCase().replace(/\W+/g, '-')}`,
      title: `CPU of both ends of the transport, 16 shards, records of ${name}`,
      unit: 'CPU seconds per GB of data; median, least and most',
      bars: (['record', 'batch', 'stock'] as const).map((transport) => {
        const { least, median: value, most } = median(transport, 16, ({ loads }) => whole(loads[size]));
        return { label: NAMES[transport], value, least, most };
      }),
    })),
    skipped: quick ? [] : ['stock with 256 shards: 256 Node processes start for half a minute on two cores'],
  };
}

const whole = (load: Measured['loads'][number] | undefined) =>
  load === undefined ? Number.NaN : load.senderCpuPerGB + load.receiverCpuPerGB;

function speed(title: string, bytes: number, size: number, results: Map<Case, Measured[]>): Table {
  return {
    title,
    note: `Batches of ${SIZES[size]?.records} records of ${bytes} bytes, as fast as both ends go. MB/s are what the machine's cores give to both ends together.`,
    columns: ['', 'CPU s per GB, Java', 'CPU s per GB, Node', 'both', 'MB/s'],
    rows: rowsOf(results, (measured) => {
      const loads = measured.map(({ loads }) => loads[size]).filter((load) => load !== undefined);
      return [
        figure(loads.map(({ senderCpuPerGB }) => senderCpuPerGB)),
        figure(loads.map(({ receiverCpuPerGB }) => receiverCpuPerGB)),
        figure(loads.map(whole)),
        figure(loads.map(({ megabytesPerSecond }) => megabytesPerSecond)),
      ];
    }),
  };
}

function memory(results: Map<Case, Measured[]>): Table {
  return {
    title: 'Memory of Node, and time to start',
    note: 'Proportional set size of all Node processes. Idle: after initialization, before the first record. Loaded: after batches of 1 MiB to every shard at once. Ours: the Node process is there before the JVM is; the stock way starts one for each shard.',
    columns: [
      '',
      'idle, MiB',
      'idle, MiB a shard',
      'loaded, MiB',
      'loaded, MiB a shard',
      'ms until all shards are initialized',
    ],
    rows: rowsOf(results, (measured, shards) => [
      figure(measured.map(({ idleMiB }) => idleMiB)),
      figure(measured.map(({ idleMiB }) => idleMiB / shards)),
      figure(measured.map(({ loadedMiB }) => loadedMiB)),
      figure(measured.map(({ loadedMiB }) => loadedMiB / shards)),
      figure(measured.map(({ initializedMs }) => initializedMs)),
    ]),
  };
}

function rowsOf(results: Map<Case, Measured[]>, cells: (of: Measured[], shards: number) => Cell[]) {
  return [...results].map(([one, measured]) => ({ name: nameOf(one), cells: cells(measured, one.shards) }));
}

function nameOf({ transport, shards }: Case): string {
  return `${NAMES[transport]}, ${shards} ${shards === 1 ? 'shard' : 'shards'}`;
}
