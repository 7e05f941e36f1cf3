/**
 * The transport by itself: prepared batches from the Java record processor to the handler and back, without Kinesis,
 * KCL's scheduler or the lease table. Ours, one Node process for all shards, beside the stock MultiLangDaemon's, a process
 * for each. One round: the figures are CPU, which differs little between rounds.
 */

import type { BenchContext, Section } from '../section.js';
import { compileSender } from './compile-sender.js';
import { KIB, measure, SIZES, type Size } from './measure.js';
import { type Case, type CaseResult, chart, memory, nameOf, ratiosTable, speed } from './tables.js';

/** Where all three ways are measured with all sizes. */
const SHARDS = 16;

const ALL_SIZES: readonly Case[] = [
  { transport: 'record', shards: SHARDS },
  { transport: 'batch', shards: SHARDS },
  { transport: 'stock', shards: SHARDS },
];

/** With records of 1 KiB alone. */
const ONE_SIZE: readonly Case[] = [
  { transport: 'record', shards: 1 },
  { transport: 'stock', shards: 1 },
  { transport: 'record', shards: 64 },
  { transport: 'record', shards: 256 },
];

const QUICK: readonly Case[] = [
  { transport: 'record', shards: 1 },
  { transport: 'stock', shards: 1 },
  { transport: 'record', shards: SHARDS },
  { transport: 'stock', shards: SHARDS },
];

interface Planned {
  case: Case;
  sizes: readonly Size[];
}

export async function run({ quick, log }: BenchContext): Promise<Section> {
  const of = (cases: readonly Case[], sizes: readonly Size[]): Planned[] =>
    cases.map((one) => ({ case: one, sizes }));
  const planned = quick ? of(QUICK, [KIB]) : [...of(ALL_SIZES, SIZES), ...of(ONE_SIZE, [KIB])];
  const times = quick
    ? { warmUpMs: 1_000, settleMs: 500, measuredMs: 700 }
    : { warmUpMs: 3_000, settleMs: 700, measuredMs: 1_300 };
  const skipped = quick
    ? ['batches, other sizes of records, 64 and 256 shards: not with --quick']
    : ['stock with 256 shards: 256 Node processes start for half a minute on two cores'];
  const results: CaseResult[] = [];
  const sender = await compileSender();
  try {
    for (const { case: one, sizes } of planned) {
      log(`transport: ${nameOf(one)}`);
      try {
        const measured = await measure(sender, one.transport, one.shards, times, sizes);
        results.push({ case: one, sizes, measured });
      } catch (error) {
        skipped.push(`${nameOf(one)}: ${(error as Error).message}`);
        log(`transport: ${nameOf(one)}: failed: ${(error as Error).message}`);
      }
    }
  } finally {
    sender.remove();
  }
  return {
    id: 'transport',
    title: 'The transport by itself',
    tables: [...SIZES.map((size) => speed(size, results)), ratiosTable(results), memory(results)].filter(
      ({ rows }) => rows.length > 0,
    ),
    charts: SIZES.map((size) => chart(size, SHARDS, results)).filter(({ bars }) => bars.length > 0),
    skipped,
  };
}
