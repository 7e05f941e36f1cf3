import { plainJava, stockNode, stockPython } from '../peers/java-peers.js';
import { lifion, rawSdk } from '../peers/node-peers.js';
import { oursBatches, oursMultilang, oursRecords } from '../peers/ours.js';
import type { Peer } from '../peers/peer.js';
import type { DrainCase } from './drain.js';

/** Answers as Kinesis gives them: 5 of its 10 MiB, or its most records. */
const KIB = { recordBytes: 1024, recordsPerBatch: 5_000 };
const TINY = { recordBytes: 100, recordsPerBatch: 10_000 };

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
 * How much each one reads: enough for the JVM's compilers to be done in the first half. Peers that need longer for each GB
 * read less of them, and for as long.
 */
export function drainPlan(quick: boolean): DrainPlan {
  const of =
    (shards: number, records = KIB) =>
    (peer: Peer, gigabytes: number, seconds = 40): PlannedCase => ({
      peer,
      shards,
      ...records,
      gigabytes: quick ? gigabytes / 4 : gigabytes,
      seconds,
    });
  const [few, tiny, many] = [of(4), of(4, TINY), of(16)];
  if (quick) {
    return {
      main: [few(oursBatches, 3), few(plainJava, 3), few(stockNode, 1.5)],
      others: [few(rawSdk, 1)],
      tiny: [tiny(oursBatches, 0.4)],
      manyShards: [],
      tls: [],
      sameHeap: [],
    };
  }
  return {
    main: [few(oursBatches, 3), few(plainJava, 3), few(stockNode, 1.5)],
    others: [
      few(oursRecords, 1),
      few(oursMultilang, 0.6),
      few(stockPython, 0.6),
      few(lifion, 0.4, 8),
      few(rawSdk, 0.8),
    ],
    tiny: [tiny(oursBatches, 0.2), tiny(oursRecords, 0.2)],
    manyShards: [many(oursBatches, 1.5), many(plainJava, 1.5), many(stockNode, 0.8)],
    tls: [few(oursBatches, 1.2), few(plainJava, 1.2), few(stockNode, 0.6)],
    sameHeap: [few(oursBatches, 0.6), few(plainJava, 0.6)].map((one) => ({ ...one, heap: '512m' })),
  };
}
