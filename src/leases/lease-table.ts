import type { StreamArn } from '../aws/arn.js';
import type { Item } from './lookup.js';

/** In KCL's multi-stream form (StreamIdentifier.serialize); a stream's name has no colon. */
const MULTI_STREAM_KEY = /^(\d{12}):([^:]+):(\d+):([^:]+)$/;

/** One shard's lease, as KCL keeps it. */
export interface Lease {
  key: string;
  shardId: string;
  /** The stream, in KCL's multi-stream form; undefined where the key is the shard's id alone. */
  stream: { account: string; streamName: string; creationEpoch: number } | undefined;
  /** The worker that holds it. */
  owner: string | undefined;
  /** The owner raises it each time that it renews the lease, about three times in failoverTimeMillis. */
  leaseCounter: number;
  /** A sequence number, or TRIM_HORIZON, LATEST, AT_TIMESTAMP, SHARD_END. */
  checkpoint: string;
  subSequenceNumber: number;
  /** Those of its shard, as decimals; undefined in leases of KCL before 2.3. */
  hashKeys: { start: string; end: string } | undefined;
}

export interface ReportingWorker {
  id: string;
  /** Seconds since 1970, by the worker's clock. */
  reportedAt: number | undefined;
}

export interface LeaseTable {
  name: string;
  /** In the order of their keys. */
  leases: Lease[];
  /** The workers that report their load (KCL 3; not with disableWorkerMetrics), in the order of their ids. */
  workers: ReportingWorker[];
  /** The worker that assigns the leases, or did: its lock may have expired. */
  leader: string | undefined;
  /** How many items of each kind: KCL 3.5 keeps leader, migration state and workers' metrics beside the leases. */
  entityCounts: Record<string, number>;
  /** Whether it has the index by lease owner, which KCL 3 needs and KCL 1 and 2 did not make. */
  hasIndex: boolean;
  /** The tables of KCL 3.0 to 3.4 that are used beside it; undefined if there are none, or they were not looked for. */
  former?: readonly FormerTable[];
}

/** A table beside the lease table, as KCL 3.0 to 3.4 made it. */
export interface FormerTable {
  readonly name: string;
  /** False where it may not be asked for, so that it is unknown whether there is such a table. */
  readonly found: boolean;
  /** Why it could not be read. */
  readonly error?: string;
}

/** A stream with the epoch of its lease keys; undefined in the single-stream form. */
export interface TracedStream {
  readonly stream: StreamArn;
  readonly creationEpoch: number | undefined;
}

/** The checkpoint of a shard that is read to its end. */
export const SHARD_END = 'SHARD_END';

/** Whether the lease has a checkpoint, and not TRIM_HORIZON, SHARD_END or the like. */
export function hasSequenceNumber({ checkpoint }: Lease): boolean {
  return /^\d+$/.test(checkpoint);
}

/** Whether KCL would continue from it when it reads the stream. */
export function isLeaseOf(
  { stream: { account, streamName }, creationEpoch }: TracedStream,
  { stream: of }: Lease,
): boolean {
  if (of === undefined) return creationEpoch === undefined;
  return of.account === account && of.streamName === streamName && of.creationEpoch === creationEpoch;
}

/** The reports of all workers; undefined if some may be in a table that could not be read. */
export function knownReports({
  workers,
  former = [],
}: Pick<LeaseTable, 'workers' | 'former'>): LeaseTable['workers'] | undefined {
  return former.some(({ error }) => error !== undefined) ? undefined : workers;
}

/** What stands in a lease table; an item without a kind is a lease, as KCL before 3.5 wrote it. */
export function parseItems(items: readonly Item[]) {
  const leases: Lease[] = [];
  const workers: ReportingWorker[] = [];
  const entityCounts: Record<string, number> = {};
  let leader: string | undefined;
  for (const item of items) {
    const kind = item.entityType?.S ?? 'LEASE';
    entityCounts[kind] = (entityCounts[kind] ?? 0) + 1;
    if (kind === 'LEASE') leases.push(parseLease(item));
    if (kind === 'LEADER') leader = item.ownerName?.S;
    if (kind === 'WORKER_METRIC_STATS') {
      const reportedAt = item.lut?.N === undefined ? undefined : Number(item.lut.N);
      workers.push({ id: item.leaseKey?.S ?? '', reportedAt });
    }
  }
  leases.sort((a, b) => (a.key < b.key ? -1 : 1));
  workers.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { leases, workers, leader, entityCounts };
}

function parseLease(item: Item): Lease {
  const key = item.leaseKey?.S ?? '';
  const [start, end] = [item.startingHashKey?.S, item.endingHashKey?.S];
  const [, account = '', streamName = '', epoch, shardId = key] = MULTI_STREAM_KEY.exec(key) ?? [];
  return {
    key,
    shardId,
    stream: epoch === undefined ? undefined : { account, streamName, creationEpoch: Number(epoch) },
    owner: item.leaseOwner?.S,
    leaseCounter: Number(item.leaseCounter?.N ?? 0),
    checkpoint: item.checkpoint?.S ?? '',
    subSequenceNumber: Number(item.checkpointSubSequenceNumber?.N ?? 0),
    hashKeys: start === undefined || end === undefined ? undefined : { start, end },
  };
}
