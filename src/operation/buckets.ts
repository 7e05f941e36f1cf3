/** A histogram's counts. prom-client's own takes 1.6 µs for an observation, a third of what a record costs in all. */
export class Buckets {
  /** Of each bucket by itself; the last is of all that is above the bounds. */
  readonly counts: Float64Array;
  sum = 0;

  /** @param bounds the upper bounds, ascending */
  constructor(readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    counts[at] = (counts[at] as number) + 1;
    this.sum += value;
  }
}
