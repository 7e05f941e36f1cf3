import type { Chart, Figure, Table } from '../section.js';
import { figure, ratios } from '../statistics.js';
import type { Drained } from './drain.js';
import type { PlannedCase } from './plan.js';

/** The rounds of a case; undefined for a round that failed. */
export interface CaseResults {
  case: PlannedCase;
  rounds: readonly (Drained | undefined)[];
}

/** One line of a round, for who waits. */
export function summary({ cpuPerGB, gigabytes, peakPssMiB, firstRecordSeconds }: Drained): string {
  return (
    `${cpuPerGB.whole.toFixed(1)} CPU-s per GB, warm ${cpuPerGB.warm.toFixed(1)}, of ${gigabytes.toFixed(1)} GB; ` +
    `${peakPssMiB.toFixed(0)} MiB; first record after ${firstRecordSeconds.toFixed(1)} s`
  );
}

/** null where every round failed. */
export function figureOf({ rounds }: CaseResults, value: (drained: Drained) => number): Figure | null {
  const values = rounds.flatMap((drained) => (drained === undefined ? [] : [value(drained)]));
  return values.length === 0 ? null : figure(values);
}

export function wholeTable(title: string, results: readonly CaseResults[]): Table {
  return {
    title,
    note:
      'CPU seconds of the whole process tree for each GB, from the first record on; warm is the second half. ' +
      "Each start is a restart: the leases are there, and KCL's peers hold them already. Those look for leases more often " +
      "than by default, ours has its defaults. KCL's peers and ours wait 200 ms between two reads of a shard and are " +
      'capped by it (4 shards: 100,000 records/s); the raw SDK loop and lifion-kinesis are not.',
    columns: [
      'peer',
      'GB',
      'CPU-s per GB, whole',
      'warm',
      'thousand records/s',
      'peak PSS, MiB',
      's to the first record',
      'CPU-s before it',
    ],
    rows: results.map((result) => ({
      name: result.case.peer.name,
      cells: [
        figureOf(result, ({ gigabytes }) => gigabytes),
        figureOf(result, ({ cpuPerGB }) => cpuPerGB.whole),
        figureOf(result, ({ cpuPerGB }) => cpuPerGB.warm),
        figureOf(result, ({ recordsPerSecond }) => recordsPerSecond / 1000),
        figureOf(result, ({ peakPssMiB }) => peakPssMiB),
        figureOf(result, ({ firstRecordSeconds }) => firstRecordSeconds),
        figureOf(result, ({ cpuBeforeFirstRecord }) => cpuBeforeFirstRecord),
      ],
    })),
  };
}

/** Of the first case by each of the others: rounds that both have. */
export function ratiosTable(title: string, results: readonly CaseResults[]): Table {
  const [ours, ...peers] = results;
  return {
    title,
    columns: ['ratio', 'CPU-s per GB, warm', 'whole', 'peak PSS'],
    rows: peers.flatMap((peer) => {
      const both = peer.rounds.flatMap((of, round) => {
        const own = ours?.rounds[round];
        return of === undefined || own === undefined ? [] : [{ own, of }];
      });
      if (both.length === 0) return [];
      const ratio = (value: (drained: Drained) => number) =>
        ratios(
          both.map(({ own }) => value(own)),
          both.map(({ of }) => value(of)),
        );
      return [
        {
          name: `ours : ${peer.case.peer.name}`,
          cells: [
            ratio(({ cpuPerGB }) => cpuPerGB.warm),
            ratio(({ cpuPerGB }) => cpuPerGB.whole),
            ratio(({ peakPssMiB }) => peakPssMiB),
          ],
        },
      ];
    }),
  };
}

/** What ours takes in Node.js and in the JVM. */
export function endsTable(title: string, results: readonly CaseResults[]): Table {
  const own = results.filter(({ case: { peer } }) => peer.id.startsWith('ours'));
  return {
    title,
    columns: ['handler', 'bytes of a record', 'Node, CPU-s per GB, whole', 'warm', 'JVM, whole', 'warm'],
    rows: own.map((result) => ({
      name: result.case.peer.name,
      cells: [
        result.case.recordBytes,
        figureOf(result, ({ nodeCpuPerGB }) => nodeCpuPerGB.whole),
        figureOf(result, ({ nodeCpuPerGB }) => nodeCpuPerGB.warm),
        figureOf(result, ({ cpuPerGB, nodeCpuPerGB }) => cpuPerGB.whole - nodeCpuPerGB.whole),
        figureOf(result, ({ cpuPerGB, nodeCpuPerGB }) => cpuPerGB.warm - nodeCpuPerGB.warm),
      ],
    })),
  };
}

/** What takes ten times as much as the first would make all other bars a line. */
const ANOTHER_ORDER = 10;

export function chartOf(results: readonly CaseResults[]): Chart {
  const warmOf = (result: CaseResults) => figureOf(result, ({ cpuPerGB }) => cpuPerGB.warm);
  const first = results[0] && warmOf(results[0]);
  const most = first ? first.median * ANOTHER_ORDER : Number.POSITIVE_INFINITY;
  return {
    name: 'cpu-per-gb',
    title: 'CPU seconds for each GB, whole process tree, warm; 4 shards, records of 1 KiB',
    unit: 'CPU-s per GB',
    bars: results.flatMap((result) => {
      const warm = warmOf(result);
      return warm === null || warm.median > most
        ? []
        : [{ label: result.case.peer.name, value: warm.median, least: warm.least, most: warm.most }];
    }),
  };
}
