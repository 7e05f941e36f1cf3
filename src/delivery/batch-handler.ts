import type { KinesisRecord, RecordContext } from './record-handler.js';
import type { FirstFailure, ShardHandler } from './shard-handler.js';

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

export function inBatches(handle: BatchHandler): ShardHandler {
  return {
    batchSize: Number.POSITIVE_INFINITY,
    async handle(records, context) {
      return firstFailure(records, await handle(records, context));
    },
  };
}

function firstFailure(
  records: readonly KinesisRecord[],
  // biome-ignore lint/suspicious/noConfusingVoidType: as BatchHandler returns it
  result: BatchResult | void,
): FirstFailure | undefined {
  if (result === undefined || result === null) return undefined;
  if (!Array.isArray(result.failures)) {
    throw new TypeError(
      "the batch handler's result has no array 'failures'; expected { failures: [{ record, error }] }",
    );
  }
  const failures = (result.failures as BatchResult['failures']).map(({ record, error }) => {
    const index = records.indexOf(record);
    if (index < 0) throw new TypeError('the batch handler reports a record that it was not given');
    return { index, error: error ?? new Error('the batch handler reports it as failed') };
  });
  return failures.reduce<FirstFailure | undefined>(
    (first, failure) => (first === undefined || failure.index < first.index ? failure : first),
    undefined,
  );
}
