import type { Lease, LeaseTable } from './lease-table.js';

/** A worker, as the lease table knows it. */
export interface WorkerLine {
  readonly id: string;
  /** Whether it assigns the leases. */
  readonly leader: boolean;
  /** How many it holds. */
  readonly leases: number;
  /** Seconds since 1970, by its clock; undefined if it reports nothing. */
  readonly reportedAt: number | undefined;
}

export interface LeaseStatus {
  /** Those that hold leases or report, in the order of their ids. */
  readonly workers: readonly WorkerLine[];
  /** Shards that are read or should be. */
  readonly open: readonly Lease[];
  /** How many shards are read to their end. */
  readonly ended: number;
}

export const SHARD_END = 'SHARD_END';

/** Who reads what, from the lease table alone. */
export function leaseStatus({ leases, workers, leader }: LeaseTable): LeaseStatus {
  const reports = new Map(workers.map(({ id, reportedAt }) => [id, reportedAt]));
  const ids = new Set([...reports.keys(), ...leases.flatMap(({ owner }) => owner ?? [])]);
  const open = leases.filter(({ checkpoint }) => checkpoint !== SHARD_END);
  return {
    workers: [...ids].sort().map((id) => ({
      id,
      leader: id === leader,
      leases: leases.filter(({ owner }) => owner === id).length,
      reportedAt: reports.get(id),
    })),
    open,
    ended: leases.length - open.length,
  };
}
