import type { Chart, Table } from '../section.js';
import type { Load, Measured, Size, Transport } from './measure.js';

const NAMES: Record<Transport, string> = {
  record: 'host, record by record',
  batch: 'host, in batches',
  stock: 'stock MultiLangDaemon and aws-kcl',
};

export interface Case {
  transport: Transport;
  shards: number;
}

export interface CaseResult {
  case: Case;
  sizes: readonly Size[];
  measured: Measured;
}

export function nameOf({ transport, shards }: Case): string {
  return `${NAMES[transport]}, ${shards} ${shards === 1 ? 'shard' : 'shards'}`;
}

export function speed(size: Size, results: readonly CaseResult[]): Table {
  const { name, bytes, records } = size;
  return {
    title: `Records of ${name}`,
    note: `Batches of ${records} records of ${bytes} bytes, as fast as both ends go. MB/s are what the machine's cores give to both ends together.`,
    columns: ['', 'CPU s per GB, Java', 'CPU s per GB, Node', 'both', 'MB/s'],
    rows: results.flatMap((result) => {
      const load = loadOf(result, size);
      if (load === undefined) return [];
      const { senderCpuPerGB, receiverCpuPerGB, megabytesPerSecond } = load;
      return [
        {
          name: nameOf(result.case),
          cells: [senderCpuPerGB, receiverCpuPerGB, bothEnds(load), megabytesPerSecond],
        },
      ];
    }),
  };
}

/** Of each of ours by the stock way, with as many shards and records of the same size. */
export function ratiosTable(results: readonly CaseResult[]): Table {
  const stock = results.filter(({ case: { transport } }) => transport === 'stock');
  return {
    title: 'Ratios, ours : stock',
    columns: ['ratio', 'bytes of a record', 'CPU of both ends', 'CPU of Node', 'memory of Node, loaded'],
    rows: stock.flatMap((of) =>
      results
        .filter(({ case: { transport, shards } }) => transport !== 'stock' && shards === of.case.shards)
        .flatMap((own) =>
          own.sizes.flatMap((size) => {
            const [ours, theirs] = [loadOf(own, size), loadOf(of, size)];
            if (ours === undefined || theirs === undefined) return [];
            return [
              {
                name: `${nameOf(own.case)} : stock`,
                cells: [
                  size.bytes,
                  bothEnds(ours) / bothEnds(theirs),
                  ours.receiverCpuPerGB / theirs.receiverCpuPerGB,
                  own.measured.loadedMiB / of.measured.loadedMiB,
                ],
              },
            ];
          }),
        ),
    ),
  };
}

export function memory(results: readonly CaseResult[]): Table {
  return {
    title: 'Memory of Node, and time to start',
    note: 'Proportional set size of all Node processes. Idle: after initialization, before the first record. Loaded: after batches of 1 MiB to every shard at once, of each size that was measured. Ours: the Node process is there before the JVM is; the stock way starts one for each shard.',
    columns: [
      '',
      'idle, MiB',
      'idle, MiB a shard',
      'loaded, MiB',
      'loaded, MiB a shard',
      'ms until all shards are initialized',
    ],
    rows: results.map(({ case: one, measured: { idleMiB, loadedMiB, initializedMs } }) => ({
      name: nameOf(one),
      cells: [idleMiB, idleMiB / one.shards, loadedMiB, loadedMiB / one.shards, initializedMs],
    })),
  };
}

export function chart(size: Size, shards: number, results: readonly CaseResult[]): Chart {
  return {
    name: `transport-${size.name.toLowerCase().replace(/\W+/g, '-')}`,
    title: `CPU of both ends of the transport, ${shards} shards, records of ${size.name}`,
    unit: 'CPU seconds per GB of data',
    bars: results.flatMap((result) => {
      const load = loadOf(result, size);
      if (load === undefined || result.case.shards !== shards) return [];
      return [{ label: NAMES[result.case.transport], value: bothEnds(load) }];
    }),
  };
}

function loadOf({ sizes, measured }: CaseResult, size: Size): Load | undefined {
  return measured.loads[sizes.indexOf(size)];
}

const bothEnds = ({ senderCpuPerGB, receiverCpuPerGB }: Load) => senderCpuPerGB + receiverCpuPerGB;
