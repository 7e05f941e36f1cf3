import type { StreamArn } from '../aws/arn.js';
import { Buckets } from './buckets.js';

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
