import { plainJava, stockNode, stockPython } from '../peers/java-peers.js';
import { lifion, rawSdk } from '../peers/node-peers.js';
import { oursBatches, oursMultilang, oursRecords } from '../peers/ours.js';
import type { Peer } from '../peers/peer.js';
import type { DrainCase } from './drain.js';

/** Answers as Kinesis gives them: 5 of its 10 MiB, or its most records. */
const KIB = { recordBytes: 1024, recordsPerBatch: 5_000 };
const TINY = { recordBytes: 100, recordsPerBatch: 10_000 };

/** Twice what docs/performance.md says that four shards need. */
export const HEAP = '512m';

export type PlannedCase = Omit<DrainCase, 'tls'>;

export interface DrainPlan {
  /** Measured in each round, in turn: the ratios are theirs. */
  main: readonly PlannedCase[];
  /** Once. */
  others: readonly PlannedCase[];
  tiny: readonly PlannedCase[];
  manyShards: readonly PlannedCase[];
  /** 4 shards over TLS. */
  tls: readonly PlannedCase[];
  /** 4 shards with the same -Xmx. */
  sameHeap: readonly PlannedCase[];
}

/**
 * How much each one reads: enough for the JVM's compilers to have done most of their work in the first half, and little
 * enough for all to take under seven minutes. Peers that stand in one ratio read as much: a longer run is a warmer one.
 */
export function drainPlan(quick: boolean): DrainPlan {
  const of =
    (shards: number, records = KIB) =>
    (peer: Peer, gigabytes: number, seconds = 40): PlannedCase => ({
      peer,
      shards,
      ...records,
      gigabytes: quick ? gigabytes / 2.5 : gigabytes,
      seconds,
    });
  const [few, tiny, many] = [of(4), of(4, TINY), of(16)];
  const main = [oursBatches, plainJava, stockNode].map((peer) => few(peer, 1.2, 60));
  if (quick) {
    return {
      main,
      others: [few(rawSdk, 0.6)],
      tiny: [tiny(oursBatches, 0.15)],
      manyShards: [],
      tls: [],
      sameHeap: [],
    };
  }
  return {
    main,
    others: [
      few(oursRecords, 0.6),
      few(oursMultilang, 0.3),
      few(stockPython, 0.3),
      few(lifion, 0.4, 10),
      few(rawSdk, 0.6),
    ],
    tiny: [tiny(oursBatches, 0.15), tiny(oursRecords, 0.15)],
    manyShards: [oursBatches, plainJava, stockNode].map((peer) => many(peer, 0.8, 60)),
    tls: [oursBatches, plainJava, stockNode].map((peer) => few(peer, 0.4)),
    sameHeap: [few(oursBatches, 0.3), few(plainJava, 0.3)].map((one) => ({ ...one, heap: HEAP })),
  };
}
