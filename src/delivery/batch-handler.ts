import type { KinesisRecord, RecordContext } from './record-handler.js';

/** One record of the batch that was not handled. */
export interface BatchFailure {
  /** One of those that were handed over. */
  readonly record: KinesisRecord;
  /** For the log and the on-failure queue. */
  readonly error?: unknown;
}

/** Which records were not handled; none if it is empty. */
export interface BatchResult {
  readonly failures: readonly BatchFailure[];
}

/**
 * Handles several records of one shard, in their order; a module exports it as `handleBatch`. Batches of a shard come one
 * after the other.
 *
 * As in a Lambda function that reports batch item failures, the first record that failed counts: what is before it is
 * handled, and it and what is behind it come again, so that the order is kept. If it throws, rejects or takes longer
 * than handlerTimeoutMs, nothing is handled, and the next attempts get fewer records, at last one, until it is known
 * which of them it can't handle.
 */
export type BatchHandler = (
  records: readonly KinesisRecord[],
  context: RecordContext,
  // biome-ignore lint/suspicious/noConfusingVoidType: so that an async function without a return is one
) => Promise<BatchResult | void> | BatchResult | void;
