import type { Lease } from './lease-table.js';

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
