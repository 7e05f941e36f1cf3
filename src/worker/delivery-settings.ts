import type { WorkerConfig } from '../config/load.js';
import type { DeliveryOptions } from '../delivery/delivery-options.js';
import { FailureQueue } from '../delivery/failure-queue.js';
import type { ShardHandler } from '../delivery/shard-handler.js';
import type { TrackedStream } from '../leases/tracked-streams.js';
import type { Logger } from '../log/logger.js';

/** The queue of onFailure = send. */
export function failureQueueOf(config: WorkerConfig, logger: Logger): FailureQueue | undefined {
  const { onFailure, failureQueueUrl: queue, regionName: region } = config;
  if (onFailure !== 'send' || queue === undefined) return undefined;
  return new FailureQueue({ queue, region, logger });
}

/** How long the streams retain records, in ms, by their ARNs; those of which it is known. */
export function retentionOf(streams: readonly TrackedStream[]): ReadonlyMap<string, number> {
  return new Map(
    streams.flatMap(({ stream, retentionMs }) =>
      retentionMs === undefined ? [] : [[stream.arn, retentionMs]],
    ),
  );
}

/** What the configuration says about the delivery of records. */
export function deliverySettings(
  config: WorkerConfig,
  handler: () => ShardHandler,
  queue: FailureQueue | undefined,
  logger: Logger,
): DeliveryOptions {
  const { onFailure } = config;
  if (onFailure === 'send' && queue === undefined) throw new TypeError('onFailure = send without a queue');
  return {
    handler,
    handlerTimeoutMs: config.handlerTimeoutMs,
    maxAttempts: config.maxAttempts,
    retryDelayMs: config.retryDelayMs,
    retryMaxDelayMs: config.retryMaxDelayMs,
    onFailure: queue ?? (onFailure === 'skip' ? 'skip' : 'stop'),
    checkpointIntervalMs: config.checkpointIntervalMs,
    checkpointRecords: config.checkpointRecords,
    stallWarningMs: config.stallWarningMs,
    emptyBatches: config.callProcessRecordsEvenForEmptyRecordList,
    logger,
  };
}
