import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import type { InvocationResult } from '../function/invocation-result.js';

/**
 * How much of a batch counts as handled, as Lambda reads a function's answer with ReportBatchItemFailures (Developer
 * Guide, "Configuring partial batch response with Kinesis Data Streams"): the number of records before the one to try
 * again, or all.
 */
export function handledOf(
  result: InvocationResult,
  records: readonly KinesisRecord[],
  reportBatchItemFailures: boolean,
): number {
  if (result.functionError !== undefined) return 0;
  if (!reportBatchItemFailures) return records.length;
  const failures = (result.response as { batchItemFailures?: unknown } | null)?.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return 0;
  const indexes = failures.map((failure: { itemIdentifier?: unknown } | null) =>
    records.findIndex(({ SequenceNumber }) => SequenceNumber === failure?.itemIdentifier),
  );
  // An identifier that is empty or none of the batch's is index -1: the whole batch has failed.
  return Math.max(0, Math.min(records.length, ...indexes));
}
