import { inspect } from 'node:util';
import type { Logger } from 'pino';
import type { StreamArn } from '../aws/arn.js';
import { cut } from '../errors/cut.js';
import { HandlerError } from '../errors/errors.js';
import type { KinesisRecord } from './record-handler.js';

/** A record whose attempts are exhausted. */
export interface FailedRecord {
  readonly stream: StreamArn;
  readonly shard: string;
  readonly record: KinesisRecord;
  /** What the last attempt threw. */
  readonly error: unknown;
  /** How often it was tried. */
  readonly attempts: number;
}

/** Where records go whose attempts are exhausted. */
export interface FailureDestination {
  /**
   * Resolves when the record is stored: from then on it counts as handled.
   *
   * @throws if it could not be stored; the worker stops, and the checkpoint stays before the record
   */
  send(failed: FailedRecord, signal: AbortSignal): Promise<void>;
}

/** What becomes of a record after its last attempt. */
export type OnFailure = 'stop' | 'skip' | FailureDestination;

/**
 * Does with a record what onFailure says. When it returns, the record counts as handled.
 *
 * @param signal aborts the sending
 * @throws HandlerError if the worker must stop
 */
export async function disposeOf(
  failed: FailedRecord,
  onFailure: OnFailure,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (onFailure === 'stop') throw workerStopsAt(failed);
  if (onFailure !== 'skip') {
    try {
      await onFailure.send(failed, signal);
    } catch (cause) {
      const message = `${workerStopsAt(failed).message}; it could not be sent on: ${reasonOf(cause)}`;
      throw new HandlerError(message, { cause });
    }
  }
  const { record, error: err, attempts } = failed;
  const { sequenceNumber, subSequenceNumber, partitionKey } = record;
  const what = onFailure === 'skip' ? 'skipped' : 'sent to the on-failure queue';
  logger.error(
    { err, sequenceNumber, subSequenceNumber, partitionKey, attempts },
    `a record is ${what}: the record handler failed in its last attempt`,
  );
}

/** The error that stops the worker at this record. */
export function workerStopsAt({ stream, shard, record, error, attempts }: FailedRecord): HandlerError {
  const { sequenceNumber, subSequenceNumber } = record;
  return new HandlerError(
    `the record handler failed on record ${sequenceNumber} (sub-sequence number ${subSequenceNumber}) of ` +
      `${shard}, ${stream.arn}, in attempt ${attempts}: ${reasonOf(error)}`,
    { cause: error },
  );
}

/** What was thrown, as texts that any queue takes and any reader of JSON reads. */
export interface FailureReason {
  /** The error's class; of what is no Error its type. */
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
}

/** Most characters of each; what is longer is cut. Together they leave room in a queue that takes 64 KiB. */
const LIMITS = { name: 256, message: 4096, code: 256, stack: 4096 } as const;

/** Never throws, whatever was thrown: a getter may throw, and so may a proxy. */
export function failureReason(thrown: unknown): FailureReason {
  const text = (property: keyof typeof LIMITS) => {
    const value = propertyOf(thrown, property);
    return value === undefined ? undefined : cut(value, LIMITS[property]);
  };
  const ofError = thrown instanceof Error;
  return {
    name: text('name') ?? typeof thrown,
    message: (ofError ? text('message') : undefined) ?? cut(inspected(thrown), LIMITS.message),
    code: text('code'),
    stack: text('stack'),
  };
}

function propertyOf(thrown: unknown, property: string): string | undefined {
  try {
    const value = (thrown as Record<string, unknown> | null | undefined)?.[property];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  } catch {
    return undefined;
  }
}

function inspected(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  try {
    return inspect(thrown, { depth: 1, breakLength: Infinity });
  } catch {
    return 'what was thrown can not be shown';
  }
}

/** Never throws, and is short enough for a message: what was thrown need not be an Error, nor have a text. */
export function reasonOf(thrown: unknown): string {
  const { name, message } = failureReason(thrown);
  return thrown instanceof Error ? `${name}: ${message}` : message;
}
