import { HandlerError } from '../errors/errors.js';
import type { FailedRecord } from './failed-record.js';
import { failureReason } from './failure-reason.js';

/** The worker stops at this record. */
export function stopsAt({ stream, shard, record, error, attempts }: FailedRecord): HandlerError {
  const { sequenceNumber, subSequenceNumber } = record;
  return new HandlerError(
    `the record handler failed on record ${sequenceNumber} (sub-sequence number ${subSequenceNumber}) of ` +
      `${shard}, ${stream.arn}, in attempt ${attempts}: ${reasonOf(error)}`,
    { cause: error },
  );
}

/** Never throws, and is short enough for a message: what was thrown need not be an Error, nor have a text. */
export function reasonOf(thrown: unknown): string {
  const { name, message } = failureReason(thrown);
  return thrown instanceof Error ? `${name}: ${message}` : message;
}
