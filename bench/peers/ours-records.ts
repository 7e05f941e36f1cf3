import type { RecordHandler } from '../../src/index.js';
import { Progress } from './progress.js';

const WRITE_INTERVAL_MS = 50;
const shards = new Map<string, Progress>();
let current: Progress | undefined;
let currentShard = '';

/** Ours, record by record: counts, and nothing else. */
export const handleRecord: RecordHandler = ({ data }, { shard }) => {
  if (shard !== currentShard || current === undefined) {
    current = shards.get(shard) ?? new Progress(shard);
    currentShard = shard;
    shards.set(shard, current);
  }
  current.add(data);
};

setInterval(() => {
  for (const progress of shards.values()) progress.write();
}, WRITE_INTERVAL_MS).unref();
