import type { StreamArn } from '../aws/arn.js';
import { SHARD_END } from '../streams/lease-status.js';
import type { Lease } from '../streams/lease-table.js';
import type { ShardTally } from './shard-tally.js';

/** One shard, from what this worker counts and what the lease table says. */
export interface ShardRow {
  readonly stream: string;
  readonly shard: string;
  readonly tally: ShardTally | undefined;
  readonly lease: Lease | undefined;
}

/**
 * This worker's shards and those of all leases, in the order of streams and shards; without the shards that are read to
 * their end and that nobody here has.
 *
 * @param streams the configured ones; a lease whose key is the shard alone is of the first
 */
export function shardRows(
  tallies: readonly ShardTally[],
  leases: readonly Lease[],
  streams: readonly [StreamArn, ...StreamArn[]],
): ShardRow[] {
  const rows = new Map<string, ShardRow>();
  for (const lease of leases) {
    const stream = streamOf(lease, streams);
    rows.set(`${stream} ${lease.shardId}`, { stream, shard: lease.shardId, tally: undefined, lease });
  }
  for (const tally of tallies) {
    const key = `${tally.stream.arn} ${tally.shard}`;
    rows.set(key, { stream: tally.stream.arn, shard: tally.shard, tally, lease: rows.get(key)?.lease });
  }
  return [...rows.keys()]
    .sort()
    .map((key) => rows.get(key) as ShardRow)
    .filter(({ tally, lease }) => tally !== undefined || lease?.checkpoint !== SHARD_END);
}

/** Of a stream that is not configured any more nobody knows the region. */
function streamOf({ stream }: Lease, streams: readonly [StreamArn, ...StreamArn[]]): string {
  if (stream === undefined) return streams[0].arn;
  const { account, streamName } = stream;
  const configured = streams.find((it) => it.account === account && it.streamName === streamName);
  return configured?.arn ?? `${account}:${streamName}`;
}
