import { type Lab, mergeShards, splitShard } from '../../../lab/lab.js';
import type { WorkerProcess } from '../../../lab/worker-process.js';

/** Of the range of hash keys. */
export const QUARTER = 2n ** 126n;

export const shard = (number: number) => `shardId-${String(number).padStart(12, '0')}`;

/** Puts orders while the stream of two shards goes through a split (0 → 2, 3) and a merge (3, 1 → 4). */
export async function reshard(
  lab: Lab,
  arn: string,
  put: (from: number, to: number) => Promise<unknown>,
): Promise<void> {
  await put(0, 40);
  await splitShard(lab.owner, arn, shard(0), QUARTER);
  await put(40, 80);
  await mergeShards(lab.owner, arn, shard(3), shard(1));
  await put(80, 120);
}

export const taken = ({ log }: WorkerProcess) => log.filter(({ msg }) => msg === 'shard taken');
