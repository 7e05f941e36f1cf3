import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchEmulators, withDynamoDb } from '../peers/bench-emulators.js';
import { plainJava, stockNode } from '../peers/java-peers.js';
import { lifion, rawSdk } from '../peers/node-peers.js';
import { oursBatches, oursRecords } from '../peers/ours.js';
import type { Peer } from '../peers/peer.js';
import type { FirstRecord } from '../peers/peer-process.js';
import type { BenchContext, Figure, Section, Table } from '../section.js';
import { figure } from '../statistics.js';
import { countIdleCalls, idleTable } from './idle.js';
import { latencyTable, measureLatency } from './latency.js';
import { type StartCase, type Started, startPeer } from './started.js';

export interface StartSection extends Section {
  restartToFirstRecordSeconds: number | undefined;
}

/** A row of the table of starts. */
interface StartRow {
  name: string;
  fresh: FirstRecord[];
  restart: FirstRecord[];
}

interface Kept {
  name: string;
  started: Started;
}

/** So long a JVM is busy with its start: the next one begins when the one before waits for KCL's intervals. */
const STAGGER_MS = 8_000;

export async function run(context: BenchContext): Promise<StartSection> {
  const { quick, log } = context;
  const skipped: string[] = [];
  const failed = (error: unknown) => {
    skipped.push((error as Error).message);
    log(`failed: ${(error as Error).message}`);
  };
  return withDynamoDb(async (where) => {
    const rows: StartRow[] = [];
    const kept: Kept[] = [];
    try {
      for (const peer of quick ? [oursBatches] : [oursBatches, lifion, rawSdk]) {
        rows.push(await startedAlone(where, peer, context, kept, failed));
      }
      if (quick) {
        skipped.push(
          'starts and idle calls of the peers: not with --quick, as their defaults take a minute and a half',
          'from PutRecord to the handler: not with --quick',
        );
      } else {
        rows.push(...(await startedBeside(where, log, kept, failed)));
      }
      const idleSeconds = quick ? 10 : 30;
      const idle = await countIdleCalls(kept, idleSeconds);
      // Nothing runs beside those whose latency is measured.
      await Promise.all(kept.splice(0).map(({ started }) => started.stop()));
      const latencies = quick
        ? undefined
        : await measureLatency(where, [oursRecords, plainJava, stockNode, lifion, rawSdk], log).catch(failed);
      if (latencies) skipped.push(...latencies.failed);
      const ours = rows.find(({ name }) => name === oursBatches.name)?.restart ?? [];
      return {
        id: 'start',
        title: 'Start, idle calls and latency',
        tables: [
          startTable(rows),
          idleTable(idle, idleSeconds),
          ...(latencies ? [latencyTable(latencies)] : []),
        ].filter(({ rows }) => rows.length > 0),
        charts: [],
        skipped,
        restartToFirstRecordSeconds:
          ours.length === 0 ? undefined : figure(ours.map(({ seconds }) => seconds)).median,
      };
    } finally {
      await Promise.all(kept.map(({ started }) => started.stop()));
    }
  });
}

/** A new application and, of KCL's, its restarts, nothing else beside it; the last one is kept. Of a failure, what was before is. */
async function startedAlone(
  where: BenchEmulators,
  peer: Peer,
  { rounds, log }: BenchContext,
  kept: Kept[],
  failed: (error: unknown) => void,
): Promise<StartRow> {
  const one: StartCase = { peer, applicationName: `start-${peer.id}`, intervals: 'defaults' };
  const row: StartRow = { name: peer.name, fresh: [], restart: [] };
  // The SDK alone starts as it restarts; lifion-kinesis waits for the leases of the process before, of five minutes.
  const restarts = peer.kcl ? rounds : 0;
  for (let start = 0; start <= restarts; start++) {
    try {
      const started = await startPeer(where, one);
      row[start === 0 ? 'fresh' : 'restart'].push(started.first);
      log(`${peer.name}, ${start === 0 ? 'new application' : `restart ${start}`}: ${shown(started.first)}`);
      if (start === restarts) kept.push({ name: peer.name, started });
      else await started.stop();
    } catch (error) {
      failed(error);
    }
  }
  return row;
}

/** KCL's peers, which wait for its intervals most of the time: one after the other, and then side by side. */
async function startedBeside(
  where: BenchEmulators,
  log: (line: string) => void,
  kept: Kept[],
  failed: (error: unknown) => void,
): Promise<StartRow[]> {
  const rows: StartRow[] = [];
  const starting: Promise<void>[] = [];
  // Those that take longest begin.
  const cases = [
    { intervals: 'defaults', seeded: false },
    { intervals: 'short', seeded: false },
    { intervals: 'defaults', seeded: true },
    { intervals: 'short', seeded: true },
  ] as const;
  for (const { intervals, seeded } of cases) {
    for (const peer of [stockNode, plainJava]) {
      const name = `${peer.name} (${intervals === 'defaults' ? 'its defaults' : 'short intervals'})`;
      const row = rows.find((other) => other.name === name) ?? { name, fresh: [], restart: [] };
      if (!rows.includes(row)) rows.push(row);
      const applicationName = `start-${peer.id}-${intervals}-${seeded ? 'restart' : 'new'}`;
      const start = async () => {
        const started = await startPeer(where, { peer, applicationName, intervals, seeded });
        (seeded ? row.restart : row.fresh).push(started.first);
        log(`${name}, ${seeded ? 'restart' : 'new application'}: ${shown(started.first)}`);
        if (intervals === 'defaults' && !seeded) kept.push({ name, started });
        else await started.stop();
      };
      starting.push(start().catch(failed));
      await sleep(STAGGER_MS);
    }
  }
  await Promise.all(starting);
  return rows;
}

function startTable(rows: readonly StartRow[]): Table {
  const of = (starts: readonly FirstRecord[], key: keyof FirstRecord): Figure | null =>
    starts.length === 0 ? null : figure(starts.map((first) => first[key]));
  return {
    title: 'From the start to the first record, 4 shards',
    note:
      'CPU seconds are those of the process tree before it. Ours and the consumers without KCL each alone, with their defaults; ' +
      "KCL's peers one after the other, each when the one before waits for KCL. Their restart finds the leases that a stopped worker leaves. " +
      'Short intervals: leaseAssignmentIntervalMillis 500, shardSyncIntervalMillis 100, parentShardPollIntervalMillis and schedulerInitializationBackoffTimeMillis 500. lifion-kinesis holds its leases for five minutes, which a restart may wait for: not measured.',
    columns: ['peer', 'new application, s', 'CPU-s', 'restart, s', 'CPU-s'],
    rows: rows.map(({ name, fresh, restart }) => ({
      name,
      cells: [
        of(fresh, 'seconds'),
        of(fresh, 'cpuSeconds'),
        of(restart, 'seconds'),
        of(restart, 'cpuSeconds'),
      ],
    })),
  };
}

const shown = ({ seconds, cpuSeconds }: FirstRecord) =>
  `first record after ${seconds.toFixed(1)} s and ${cpuSeconds.toFixed(1)} CPU-s`;
