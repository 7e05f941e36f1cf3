import type { DeliveryOptions } from '../../src/delivery/delivery-options.js';
import type { RecordHandler } from '../../src/delivery/record-handler.js';
import { oneByOne } from '../../src/delivery/shard-handler.js';

/** One attempt, a checkpoint after every batch, no limits: what a test does not say otherwise. */
export function deliverySettings(handler: RecordHandler): Omit<DeliveryOptions, 'logger'> {
  return {
    handler: () => oneByOne(handler),
    handlerTimeoutMs: 0,
    maxAttempts: 1,
    retryDelayMs: 0,
    retryMaxDelayMs: 0,
    onFailure: 'stop',
    checkpointIntervalMs: 0,
    checkpointRecords: 1_000_000,
    stallWarningMs: 0,
    emptyBatches: true,
  };
}
