import { join } from 'node:path';
import type { RecordHandler } from '../../src/index.js';
import { publish } from './publish.js';

/** What came of it, for the shards that are flooded and those that are not. */
export interface Fairness {
  floodedRecords: number;
  quietRecords: number;
  /** Most records of flooded shards in one turn of the event loop: nothing else ran meanwhile. */
  longestTurn: number;
  /** Longest time without a turn of the event loop. */
  longestTurnMs: number;
}

const folder = process.env.COUNTS_FOLDER;
if (folder === undefined) throw new Error('COUNTS_FOLDER is not set');

const floodedShards = Number(process.env.FLOODED_SHARDS);
const spinMs = Number(process.env.SPIN_MICROSECONDS) / 1000;
const WRITE_INTERVAL_MS = 500;

const fairness: Fairness = { floodedRecords: 0, quietRecords: 0, longestTurn: 0, longestTurnMs: 0 };
let turn = 0;
let turnBegan = performance.now();

/** Synchronous, and busy with each record of a flooded shard: it never lets go of the event loop by itself. */
export const handleRecord: RecordHandler = (_record, { shard }) => {
  const quiet = Number(shard.slice(-12)) >= floodedShards;
  if (quiet) {
    fairness.quietRecords++;
    return;
  }
  fairness.floodedRecords++;
  turn++;
  const until = performance.now() + spinMs;
  while (performance.now() < until);
};

// Due at every turn that matters, as those take longer.
setInterval(() => {
  fairness.longestTurn = Math.max(fairness.longestTurn, turn);
  fairness.longestTurnMs = Math.max(fairness.longestTurnMs, performance.now() - turnBegan);
  turn = 0;
  turnBegan = performance.now();
}, 1).unref();
setInterval(() => publish(join(folder, 'fairness.json'), fairness), WRITE_INTERVAL_MS).unref();
