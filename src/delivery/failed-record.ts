import type { StreamArn } from '../aws/arn.js';
import type { KinesisRecord } from './record-handler.js';

/** A record that is given up, after its last attempt. */
export interface FailedRecord {
  readonly stream: StreamArn;
  readonly shard: string;
  readonly record: KinesisRecord;
  /** What the last attempt threw. */
  readonly error: unknown;
  /** How often it was tried. */
  readonly attempts: number;
}

/** Where records go that are given up. */
export interface FailureDestination {
  /**
   * Resolves when the record is stored: from then on it counts as handled.
   *
   * @throws if it could not be stored; the worker stops, and the checkpoint stays before the record
   */
  send(failed: FailedRecord, signal: AbortSignal): Promise<void>;
}
