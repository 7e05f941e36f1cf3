import { inspect } from 'node:util';
import { HandlerError } from '../errors/errors.js';
import type { FailedRecord } from './failed-record.js';

/** The worker stops at this record. */
export function stopsAt({ stream, shard, record, error, attempts }: FailedRecord): HandlerError {
  const { sequenceNumber, subSequenceNumber } = record;
  return new HandlerError(
    `the record handler failed on record ${sequenceNumber} (sub-sequence number ${subSequenceNumber}) of ` +
      `${shard}, ${stream.arn}, in attempt ${attempts}: ${reasonOf(error)}`,
    { cause: error },
  );
}

/** What was thrown need not be an Error, nor anything that String() can take. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}`;
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 1, breakLength: Infinity });
}
