/** From 1 shard to 256 on one worker, from one worker to another, and a lease table of 10,000 leases. */

import { startLab } from '../../lab/lab.js';
import type { BenchContext, Section, Table } from '../section.js';
import { Calls } from './calls.js';
import { type HandOver, measureHandOver } from './hand-over.js';
import { type LargeTable, measureLeaseTable } from './lease-table.js';
import { measureShardCount, type ShardCount } from './shard-counts.js';

const IDLE_MS = 10_000;
const QUICK_IDLE_MS = 3_000;
/** What takes longer than all the rest may: set it to measure the hand-over and the lease table too. */
const LONG = process.env.BENCH_LONG === 'true';
const HANDED_OVER = 64;
const LEASES = 10_000;

export async function run({ quick, log }: BenchContext): Promise<Section> {
  const counts = quick ? [1, 16] : [1, 16, 256];
  const skipped: string[] = [];
  const calls = new Calls();
  const lab = await startLab({ onDecision: ({ action }) => calls.note(action) });
  try {
    /** One that fails leaves a line, and not the others. */
    const measured = async <T>(what: string, measure: () => Promise<T>): Promise<T[]> => {
      log(`scale: ${what}`);
      try {
        return [await measure()];
      } catch (error) {
        skipped.push(`${what}: ${(error as Error).message}`);
        log(`scale: ${what}: failed: ${(error as Error).message}`);
        return [];
      }
    };
    const columns: ShardCount[] = [];
    for (const shards of counts) {
      const measure = () => measureShardCount(lab, calls, shards, quick ? QUICK_IDLE_MS : IDLE_MS);
      columns.push(...(await measured(`${shards} ${shards === 1 ? 'shard' : 'shards'}`, measure)));
    }
    const tables = columns.length === 0 ? [] : [shardCounts(columns)];
    if (quick || !LONG) {
      skipped.push(
        'hand-over of 64 shards and a lease table of 10,000, which take minutes: BENCH_LONG=true ./scripts/bench',
      );
    } else {
      const hand = await measured(`${HANDED_OVER} shards from one worker to another`, () =>
        measureHandOver(lab, HANDED_OVER),
      );
      const table = await measured(`${LEASES} leases`, () => measureLeaseTable(lab, calls, LEASES, IDLE_MS));
      tables.push(...hand.map(handOver), ...table.map(largeTable));
    }
    const bars = (key: 'jvmMiB' | 'threads') =>
      columns.map((column) => ({
        label: `${column.shards} ${column.shards === 1 ? 'shard' : 'shards'}`,
        value: column[key],
      }));
    return {
      id: 'scale',
      title: 'Many shards, many leases',
      tables,
      charts: [
        { name: 'scale-memory', title: 'Memory of the JVM, idle', unit: 'MiB (PSS)', bars: bars('jvmMiB') },
        { name: 'scale-threads', title: 'Threads of the JVM, idle', unit: 'threads', bars: bars('threads') },
      ].filter(({ bars }) => bars.length > 0),
      skipped,
    };
  } finally {
    await lab.stop();
  }
}

function shardCounts(columns: readonly ShardCount[]): Table {
  const row = (name: string, key: keyof ShardCount, decimals: number) => ({
    name,
    cells: columns.map((column) => Number(column[key].toFixed(decimals))),
  });
  return {
    title: 'Shards on one worker',
    note: 'A record of 1 KiB a tenth of a second in each shard until each has had one, then none. Polling at KCL’s default of 1.5 s, metricsLevel = DETAILED, no limit to the heap. One run.',
    columns: ['shards', ...columns.map(({ shards }) => String(shards))],
    rows: [
      row('s from the start until every lease is held', 'heldSeconds', 1),
      row('s until each shard had a record', 'readSeconds', 1),
      row('s from SIGTERM to the end', 'stopSeconds', 1),
      row('PSS of Node, MiB', 'nodeMiB', 0),
      row('PSS of the JVM, MiB', 'jvmMiB', 0),
      row('threads of the JVM', 'threads', 0),
      row('of them fetch (KCL)', 'fetchThreads', 0),
      row('of them call the handler (KCL)', 'handlerThreads', 0),
      row('file descriptors of the JVM', 'descriptors', 0),
      row('cores in use, no records', 'cores', 2),
      row('UpdateItem a minute', 'updateItem', 0),
      row('Query a minute', 'query', 0),
      row('Scan a minute', 'scan', 0),
      row('PutMetricData a minute', 'putMetricData', 0),
    ],
  };
}

function handOver(measured: HandOver): Table {
  return {
    title: `${HANDED_OVER} shards from one worker to another`,
    note: 'leaseAssignmentStrategy = LEASE_COUNT_BASED, otherwise the defaults: leases are balanced once a minute. Two records a second in each shard, which never stop. One run.',
    columns: ['', ''],
    rows: [
      {
        name: 's from the start of a second worker until it has half',
        cells: [rounded(measured.halfSeconds)],
      },
      { name: 's from SIGTERM to the first until the second has all', cells: [rounded(measured.allSeconds)] },
      { name: 'records handled', cells: [measured.records] },
      { name: 'records handled twice', cells: [measured.recordsTwice] },
    ],
  };
}

function largeTable(measured: LargeTable): Table {
  const row = (name: string, key: keyof LargeTable, decimals: number) => ({
    name,
    cells: [Number(measured[key].toFixed(decimals))],
  });
  return {
    title: `A lease table of ${LEASES.toLocaleString('en-US')} leases`,
    note: 'As of a large fleet, seen by one of its workers, which holds 16 of them and is the leader. DynamoDB Local; capacity as it reports it. One run.',
    columns: ['', ''],
    rows: [
      row('s until a new application has every lease', 'madeSeconds', 1),
      row('s from a restart until each of its shards had a record', 'restartSeconds', 1),
      row('CPU s of that', 'restartCpuSeconds', 1),
      row('Scan calls of that', 'restartScans', 0),
      row('cores in use then', 'idleCores', 2),
      row('PSS of the JVM, MiB', 'jvmMiB', 0),
      row('Scan a minute', 'scansPerMinute', 0),
      row('Query a minute', 'queriesPerMinute', 0),
      row('UpdateItem a minute', 'updatesPerMinute', 0),
      row('read capacity units of one whole scan', 'scanUnits', 1),
      row('calls of one whole scan', 'scanPages', 0),
      row('read capacity units a minute, of all scans', 'scanUnitsPerMinute', 0),
      row('s of status', 'statusSeconds', 1),
      row('CPU s of status', 'statusCpuSeconds', 1),
    ],
  };
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(1));
}
