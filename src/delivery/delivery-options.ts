import type { Logger } from 'pino';
import type { OnFailure } from './failed-record.js';
import type { DeliveryObserver } from './observer.js';
import type { ShardHandler } from './shard-handler.js';
import type { UncheckpointedRecords } from './uncheckpointed-records.js';

/** How a record is tried. */
export interface AttemptOptions {
  /** 0 for none. */
  handlerTimeoutMs: number;
  maxAttempts: number;
  retryDelayMs: number;
  retryMaxDelayMs: number;
  onFailure: OnFailure;
  /** Aborted when a line of the log could not be written: from then on no record is skipped. */
  logLost?: AbortSignal;
}

/** When checkpoints are made. */
export interface CheckpointOptions {
  /** How long handled records may be without a checkpoint, in ms; 0 for until the end of their batch. */
  checkpointIntervalMs: number;
  /** How many may be. */
  checkpointRecords: number;
}

/** What the handling of records needs besides the shard; the same for every shard. */
export interface DeliveryOptions extends AttemptOptions, CheckpointOptions {
  /** Makes what handles the records of one shard. */
  handler: () => ShardHandler;
  /** 0 for no warnings. */
  stallWarningMs: number;
  /** Whether KCL sends batches without records too, so that its silence means something. */
  emptyBatches: boolean;
  /** How long each stream retains records, in ms, by its ARN, as it was at the start; missing if that is unknown. */
  retention?: ReadonlyMap<string, number> | undefined;
  /** Whether the worker itself reports that KCL can't read this shard. */
  isUnread?: (streamArn: string, shard: string) => boolean;
  logger: Logger;
  /** Aborted when the worker stops: in every shard the record that is being handled is the last one. */
  stopping?: AbortController;
  /** Called once for each record that was handled. */
  onHandled?: () => void;
  /** Notes the records that leases were lost with, for the end of the worker. */
  uncheckpointed?: UncheckpointedRecords;
  /** Told of everything, for metrics. */
  observer?: DeliveryObserver;
}
