/** How long a point of the plot is, in ms. */
export const SLOT_MS = 5_000;
/** How many there are: ten minutes. */
export const SLOTS = 120;

/** How far a shard was behind in the last minutes: the most in each slot of time. */
export class LagHistory {
  readonly #values = new Float64Array(SLOTS);
  /** Which slot since 1970 each value is of. */
  readonly #slots = new Float64Array(SLOTS);

  /** @param now in ms since 1970 */
  add(now: number, millisBehindLatest: number): void {
    const slot = Math.floor(now / SLOT_MS);
    const at = slot % SLOTS;
    const before = this.#slots[at] === slot ? (this.#values[at] as number) : 0;
    this.#slots[at] = slot;
    this.#values[at] = Math.max(before, millisBehindLatest);
  }

  /** Oldest first; undefined where no batch came. */
  points(now: number): (number | undefined)[] {
    const newest = Math.floor(now / SLOT_MS);
    return Array.from({ length: SLOTS }, (_, index) => {
      const slot = newest - SLOTS + 1 + index;
      const at = slot % SLOTS;
      return this.#slots[at] === slot ? this.#values[at] : undefined;
    });
  }
}
