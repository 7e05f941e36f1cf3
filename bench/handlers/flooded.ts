import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { RecordHandler } from '../../src/index.js';
import { publish } from './publish.js';

/** What the shards that are not flooded notice, in milliseconds. */
export interface Fairness {
  gapsMs: number[];
  loopDelayP99Ms: number;
  loopDelayMaxMs: number;
  floodedRecords: number;
}

const folder = process.env.COUNTS_FOLDER;
if (folder === undefined) throw new Error('COUNTS_FOLDER is not set');

const floodedShards = Number(process.env.FLOODED_SHARDS);
const spinMs = Number(process.env.SPIN_MICROSECONDS) / 1000;
const WRITE_INTERVAL_MS = 1000;

const loopDelay = monitorEventLoopDelay({ resolution: 1 });
loopDelay.enable();
const gapsMs: number[] = [];
const lastAt = new Map<string, number>();
let floodedRecords = 0;

/** Synchronous, and busy with each record of a flooded shard: it never lets go of the event loop by itself. */
export const handleRecord: RecordHandler = (_record, { shard }) => {
  const now = performance.now();
  if (Number(shard.slice(-12)) < floodedShards) {
    floodedRecords++;
    while (performance.now() < now + spinMs);
    return;
  }
  const last = lastAt.get(shard);
  if (last !== undefined) gapsMs.push(now - last);
  lastAt.set(shard, now);
};

setInterval(() => {
  const fairness: Fairness = {
    gapsMs,
    loopDelayP99Ms: loopDelay.percentile(99) / 1e6,
    loopDelayMaxMs: loopDelay.max / 1e6,
    floodedRecords,
  };
  publish(join(folder, 'fairness.json'), fairness);
}, WRITE_INTERVAL_MS).unref();
