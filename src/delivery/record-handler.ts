import type { Logger } from 'pino';
import type { StreamArn } from '../aws/arn.js';

/** One record, as its producer put it; KPL aggregates arrive taken apart. */
export interface KinesisRecord {
  /** The bytes exactly. They share memory with the records beside them, up to 64 KiB of it: copy what is kept for long. */
  readonly data: Buffer;
  /**
   * As its producer gave it; null if it gave none, as it may where the stream distributes its records by itself
   * (RecordDistributionStrategy AUTO). It is never empty.
   */
  readonly partitionKey: string | null;
  readonly sequenceNumber: string;
  /** Position within a KPL aggregate; 0 for a record that was put by itself. */
  readonly subSequenceNumber: number;
  /** When Kinesis took the record, to the millisecond; undefined if Kinesis did not say. */
  readonly approximateArrivalTimestamp: Date | undefined;
}

/** Where the records at hand come from, and how to work on them; of one attempt. */
export interface RecordContext {
  /** The stream that the record came from. */
  readonly stream: StreamArn;
  /** The account that owns the stream, 12 digits. */
  readonly account: string;
  readonly shard: string;
  /** 1 for the first attempt, 2 for the second, … Under Lambda of this invocation: it does not tell of those before. */
  readonly attempt: number;
  /** Adds stream, shard and sequence number to every line. */
  readonly logger: Logger;
  /**
   * Aborted while the record is at hand, when the time limit of the attempt (handlerTimeoutMs) is over or the delivery
   * of the shard is: the lease is lost, or the connection to KCL; under Lambda, when the function's timeout is near. What
   * is done from then on is done twice, by the next attempt or by another worker.
   */
  readonly signal: AbortSignal;
  /** How far the shard's reading is behind its newest record, in milliseconds; undefined if KCL did not say, and under Lambda. */
  readonly millisBehindLatest: number | undefined;
}

/**
 * Handles one record; a module exports it as `handleRecord`. Records of a shard come one after the other, each when the
 * one before is finished; shards run beside each other. A record counts as handled when the function has returned or
 * its promise is fulfilled.
 *
 * Delivery is at least once: after a restart, records since the last checkpoint come again.
 *
 * If it throws, rejects or takes longer than handlerTimeoutMs, the record is tried again, up to maxAttempts times; then
 * onFailure decides. The records behind it wait.
 */
export type RecordHandler = (record: KinesisRecord, context: RecordContext) => Promise<void> | void;
