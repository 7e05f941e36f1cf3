import type { Logger } from 'pino';
import type { StreamArn } from '../aws/arn.js';

/** One record, as its producer put it; KPL aggregates arrive taken apart. */
export interface KinesisRecord {
  /** The bytes exactly. They share memory with their batch: copy what is kept for long. */
  readonly data: Buffer;
  readonly partitionKey: string;
  readonly sequenceNumber: string;
  /** Position within a KPL aggregate; 0 for a record that was put by itself. */
  readonly subSequenceNumber: number;
  /** When Kinesis took the record, to the millisecond; undefined if Kinesis did not say. */
  readonly approximateArrivalTimestamp: Date | undefined;
}

export interface RecordContext {
  /** The stream that the record came from, with its owner's account. */
  readonly stream: StreamArn;
  readonly shard: string;
  /** Adds stream, shard and sequence number to every line. */
  readonly logger: Logger;
  /**
   * Aborted when the shard's delivery is over: its end, the connection's end, or the loss of the lease, which KCL says
   * between two batches. What is done from then on, another worker does too.
   */
  readonly signal: AbortSignal;
  /** How far the shard's reading is behind its newest record, in milliseconds; undefined if KCL did not say. */
  readonly millisBehindLatest: number | undefined;
}

/**
 * Handles one record. Records of a shard come one after the other, each when the one before is finished; shards run
 * beside each other. A record counts as handled when the function has returned or its promise is fulfilled.
 *
 * Delivery is at least once: after a restart, records since the last checkpoint come again.
 *
 * If it throws or rejects, the worker stops with exit code 4 and the checkpoint stays before the record.
 */
export type RecordHandler = (record: KinesisRecord, context: RecordContext) => Promise<void> | void;
