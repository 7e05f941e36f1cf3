import { type Lease, type LeaseTable, SHARD_END } from './lease-table.js';

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

/** When the leases were renewed, found by looking again and again: an owner raises the counter of a lease it renews. */
export class LeaseRenewals {
  #seen = new Map<string, { counter: number; renewedAt: number | undefined }>();

  /** @param now when the leases were read, in ms */
  look(leases: readonly Lease[], now: number): void {
    const before = this.#seen;
    this.#seen = new Map(
      leases.map(({ key, leaseCounter: counter }) => {
        const last = before.get(key);
        if (last?.counter === counter) return [key, last];
        return [key, { counter, renewedAt: last === undefined ? undefined : now }];
      }),
    );
  }

  /** In ms; undefined if it was not renewed since the first look. */
  renewedAt({ key }: Lease): number | undefined {
    return this.#seen.get(key)?.renewedAt;
  }
}
