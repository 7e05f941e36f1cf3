import type { BatchHandler } from '../../src/index.js';
import { Progress } from './progress.js';

/** Ours, batch by batch: counts, and nothing else. */
export const handleBatch: BatchHandler = (records, { shard }) => {
  const progress = new Progress(shard);
  for (const { data } of records) progress.add(data);
  progress.write();
};
