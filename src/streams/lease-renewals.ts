import type { Lease } from './lease-table.js';

/** When the leases were renewed, found by looking again and again: an owner raises the counter of a lease it renews. */
export class LeaseRenewals {
  readonly #seen = new Map<string, { counter: number; renewedAt: number | undefined }>();

  /** @param now when the leases were read, in ms */
  look(leases: readonly Lease[], now: number): void {
    for (const { key, leaseCounter: counter } of leases) {
      const before = this.#seen.get(key);
      if (before?.counter === counter) continue;
      this.#seen.set(key, { counter, renewedAt: before === undefined ? undefined : now });
    }
  }

  /** In ms; undefined if it was not renewed since the first look. */
  renewedAt({ key }: Lease): number | undefined {
    return this.#seen.get(key)?.renewedAt;
  }
}
