import type { StreamArn } from '../aws/arn.js';
import { type Lease, SHARD_END } from '../leases/lease-table.js';
import type { HeldLease } from './held-leases.js';
import type { ShardTally } from './shard-tally.js';

/** One shard, from what this worker counts and what the lease table says. */
export interface ShardRow {
  readonly stream: string;
  readonly shard: string;
  readonly tally: ShardTally | undefined;
  readonly lease: Lease | undefined;
  /** As KCL holds it here. */
  readonly held: HeldLease | undefined;
}

/**
 * This worker's shards, the leases that it holds and those of the table, in the order of streams and shards; without the shards that are read to
 * their end and that nobody here has.
 *
 * @param streams the configured ones; a lease whose key is the shard alone is of the first
 */
export function shardRows(
  tallies: readonly ShardTally[],
  leases: readonly Lease[],
  streams: readonly [StreamArn, ...StreamArn[]],
  held: readonly HeldLease[] = [],
): ShardRow[] {
  const rows = new Map<string, ShardRow>();
  const add = (stream: string, shard: string, known: Partial<ShardRow>) => {
    const key = `${stream} ${shard}`;
    const row = rows.get(key) ?? { stream, shard, tally: undefined, lease: undefined, held: undefined };
    rows.set(key, { ...row, ...known });
  };
  for (const lease of leases) add(streamOf(lease, streams), lease.shardId, { lease });
  for (const tally of tallies) add(tally.stream.arn, tally.shard, { tally });
  for (const lease of held) {
    if (lease.state !== 'not configured') add(lease.stream, lease.shard, { held: lease });
  }
  return [...rows.keys()]
    .sort()
    .map((key) => rows.get(key) as ShardRow)
    .filter(({ tally, lease, held: it }) => (tally ?? it) !== undefined || lease?.checkpoint !== SHARD_END);
}

/** Of a stream that is not configured any more nobody knows the region. */
function streamOf({ stream }: Lease, streams: readonly [StreamArn, ...StreamArn[]]): string {
  if (stream === undefined) return streams[0].arn;
  const { account, streamName } = stream;
  const configured = streams.find((it) => it.account === account && it.streamName === streamName);
  return configured?.arn ?? `${account}:${streamName}`;
}
