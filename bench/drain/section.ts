import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../lab/free-port.js';
import { makeCertificate } from '../../test/helpers/tls-front.js';
import { type BenchEmulators, withDynamoDb } from '../peers/bench-emulators.js';
import type { BenchContext, Section } from '../section.js';
import { type Drained, drain } from './drain.js';
import { drainPlan, HEAP, type PlannedCase } from './plan.js';
import { chartOf, endsTable, figureOf, ratiosTable, summary, wholeTable } from './tables.js';

export interface DrainSection extends Section {
  /** Of 4 shards, the first peer ours; undefined where none was measured. */
  wholeTreeVsJava: number | undefined;
  wholeTreeVsStock: number | undefined;
  nodeCpuSecondsPerGB: number | undefined;
}

export async function run({ quick, rounds, log }: BenchContext): Promise<DrainSection> {
  const plan = drainPlan(quick);
  const skipped: string[] = [];
  return withDynamoDb(async (where) => {
    /** Each case in turn, round by round, so that what else the machine does meets all. */
    const measure = async (cases: readonly PlannedCase[], times: number, title: string, tls?: Tls) => {
      const results = cases.map((one) => ({ case: one, rounds: [] as (Drained | undefined)[] }));
      for (let round = 1; round <= times; round++) {
        // Every second round the other way about: none is always the first.
        for (const result of round % 2 === 1 ? results : results.toReversed()) {
          const { peer } = result.case;
          try {
            const drained = await drain(where, { ...result.case, ...(tls && { tls: await tls() }) });
            result.rounds.push(drained);
            log(`${title}, round ${round} of ${times}: ${peer.name}: ${summary(drained)}`);
          } catch (error) {
            result.rounds.push(undefined);
            skipped.push(`${title}, round ${round}: ${(error as Error).message}`);
            log(`${title}, round ${round}: failed: ${(error as Error).message}`);
          }
        }
      }
      return results;
    };
    const main = await measure(plan.main, rounds, '4 shards');
    const others = await measure(plan.others, 1, '4 shards');
    const tiny = await measure(plan.tiny, 1, '100 bytes');
    const many = await measure(plan.manyShards, 1, '16 shards');
    const tls = await withCertificate(where, (certificate) => measure(plan.tls, 1, 'over TLS', certificate));
    const sameHeap = await measure(plan.sameHeap, 1, `-Xmx${HEAP}`);
    if (quick) skipped.push('other peers, 16 shards, TLS, and the same heap: not with --quick');

    const ratios = ratiosTable('4 shards, warm, whole tree: ratios of each round', main);
    const median = (name: string) =>
      ratios.rows.find((row) => row.name === name)?.cells[0] as { median: number } | undefined;
    return {
      id: 'drain',
      title: 'Reading a backlog',
      tables: [
        wholeTable('4 shards, 1 KiB', [...main, ...others]),
        ratios,
        endsTable("Node's and Java's part, 4 shards", [...main.slice(0, 1), ...others, ...tiny]),
        wholeTable('16 shards, 1 KiB', many),
        ratiosTable('16 shards, warm, whole tree: ratios', many),
        wholeTable('4 shards, 1 KiB, over TLS', tls),
        ratiosTable('4 shards over TLS, warm, whole tree: ratios', tls),
        wholeTable(`4 shards, 1 KiB, each JVM with -Xmx${HEAP}`, sameHeap),
      ].filter(({ rows }) => rows.length > 0),
      charts: [chartOf([...main, ...others])].filter(({ bars }) => bars.length > 0),
      skipped,
      wholeTreeVsJava: median(`ours : ${plan.main[1]?.peer.name}`)?.median,
      wholeTreeVsStock: median(`ours : ${plan.main[2]?.peer.name}`)?.median,
      nodeCpuSecondsPerGB: main[0] && figureOf(main[0], ({ nodeCpuPerGB }) => nodeCpuPerGB.warm)?.median,
    };
  });
}

type Tls = () => Promise<NonNullable<Parameters<typeof drain>[1]['tls']>>;

async function withCertificate<T>(where: BenchEmulators, use: (tls: Tls) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(where.folder, 'tls-'));
  let certificate: ReturnType<typeof makeCertificate> | undefined;
  return use(async () => {
    certificate ??= makeCertificate(folder, ['localhost']);
    const { pemFile } = await certificate;
    const [port = 0] = await freePorts(1);
    return { port, pemFile, pfxFile: join(folder, 'front.p12'), passphrase: 'changeit' };
  });
}
