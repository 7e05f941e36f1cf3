import type { StreamArn } from '../aws/arn.js';

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

/** In s: from what a handler that only computes takes, to the default of handlerTimeoutMs. */
const HANDLER_BOUNDS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300];
/** In s: DynamoDB takes some ms, and KCL tries a throttled call for a minute. */
const CHECKPOINT_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 60];

/**
 * How long attempts and checkpoints of a stream take, over all of its shards: buckets of each shard would be two thirds
 * of all series. They outlive the shards, as a count that falls is a restart to Prometheus.
 */
export class StreamDurations {
  readonly attempts = new Buckets(HANDLER_BOUNDS);
  readonly checkpoints = new Buckets(CHECKPOINT_BOUNDS);

  constructor(readonly stream: StreamArn) {}
}
