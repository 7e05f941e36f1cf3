import * as z from 'zod';
import { ArnError, parseStreamArn, type StreamArn } from '../aws/arn.js';
import type { FailedRecord } from './failed-record.js';
import { type FailureReason, failureReason } from './failed-record.js';
import type { Position } from './position.js';
import type { KinesisRecord } from './record-handler.js';

/** A message of the on-failure queue (docs/on-failure.md). */
export interface FailureMessage {
  readonly stream: StreamArn;
  readonly shard: string;
  readonly position: Position;
  /** null if the record has none. */
  readonly partitionKey: string | null;
  /** The record, to be handled again; undefined if its data fitted no message. It is in the stream then, for as long as that retains it. */
  readonly record: KinesisRecord | undefined;
  /** How many bytes of data the record has. */
  readonly dataBytes: number;
  /** Why the data is not in the message; undefined if it is. */
  readonly dataOmitted: string | undefined;
  /** How often it was tried. */
  readonly attempts: number;
  /** What the last attempt threw. */
  readonly error: FailureReason;
  /** When it was given up. */
  readonly failedAt: Date;
}

/** Raised for a body that is no message of the on-failure queue; the message names the field and what was expected. */
export class FailureMessageError extends Error {
  override readonly name = 'FailureMessageError';
  readonly code = 'XAK_FAILURE_MESSAGE';
}

const FORMAT = 'cross-account-kcl/failed-record';
/** Raised when a field changes its meaning or goes; fields may be added without. */
const VERSION = 1;

const orNull = <T extends z.ZodType>(type: T) => z.nullable(type);
const date = z.iso.datetime();
const body = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  failedAt: date,
  streamArn: z.string(),
  shardId: z.string(),
  sequenceNumber: z.string(),
  subSequenceNumber: z.int().min(0),
  partitionKey: orNull(z.string()),
  approximateArrivalTimestamp: orNull(date),
  attempts: z.int().min(1),
  error: z.object({
    name: z.string(),
    message: z.string(),
    code: orNull(z.string()),
    stack: orNull(z.string()),
  }),
  dataBytes: z.int().min(0),
  dataOmitted: orNull(z.string()),
  data: orNull(z.string()),
});

/**
 * The body of the message for a record that is given up.
 *
 * @param dataOmitted why the data is left out; undefined to have it in
 */
export function failureMessage(
  { stream, shard, record, error, attempts }: FailedRecord,
  failedAt: Date,
  dataOmitted?: string,
): string {
  const { name, message, code = null, stack = null } = failureReason(error);
  const fields: z.output<typeof body> = {
    format: FORMAT,
    version: VERSION,
    failedAt: failedAt.toISOString(),
    streamArn: stream.arn,
    shardId: shard,
    sequenceNumber: record.sequenceNumber,
    subSequenceNumber: record.subSequenceNumber,
    partitionKey: record.partitionKey,
    approximateArrivalTimestamp: record.approximateArrivalTimestamp?.toISOString() ?? null,
    attempts,
    error: { name, message, code, stack },
    dataBytes: record.data.length,
    dataOmitted: dataOmitted ?? null,
    data: dataOmitted === undefined ? record.data.toString('base64') : null,
  };
  // SQS takes the characters of XML 1.0 alone (SendMessage). JSON escapes all others by itself, but for these two.
  return JSON.stringify(fields).replace(/[\uFFFE\uFFFF]/g, (character) =>
    character === '\uFFFE' ? '\\ufffe' : '\\uffff',
  );
}

/**
 * The record that is given up, from the body of a message of the on-failure queue.
 *
 * @throws FailureMessageError
 */
export function parseFailureMessage(text: string): FailureMessage {
  const fields = read(text);
  const { sequenceNumber, subSequenceNumber, partitionKey, dataBytes, dataOmitted } = fields;
  const arrived = fields.approximateArrivalTimestamp;
  const data = fields.data === null ? undefined : bytesOf(fields.data, dataBytes);
  if ((data === undefined) !== (dataOmitted !== null)) {
    throw fail('data: it must be there unless dataOmitted says why it is not');
  }
  const { name, message, code, stack } = fields.error;
  return {
    stream: streamOf(fields.streamArn),
    shard: fields.shardId,
    position: { sequenceNumber, subSequenceNumber },
    partitionKey,
    record: data && {
      data,
      partitionKey,
      sequenceNumber,
      subSequenceNumber,
      approximateArrivalTimestamp: arrived === null ? undefined : new Date(arrived),
    },
    dataBytes,
    dataOmitted: dataOmitted ?? undefined,
    attempts: fields.attempts,
    error: { name, message, code: code ?? undefined, stack: stack ?? undefined },
    failedAt: new Date(fields.failedAt),
  };
}

function read(text: string): z.output<typeof body> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fail(`it is not JSON (${(cause as Error).message})`, cause);
  }
  const { data, error } = body.safeParse(value);
  if (data !== undefined) return data;
  const problems = error.issues.map(({ path, message }) =>
    path.length ? `${path.join('.')}: ${message}` : message,
  );
  throw fail(problems.join('; '), error);
}

function streamOf(arn: string): StreamArn {
  try {
    return parseStreamArn(arn);
  } catch (error) {
    if (error instanceof ArnError) throw fail(`streamArn: ${error.message}`, error);
    throw error;
  }
}

/** Buffer.from passes over what is not base64: a body that was cut or changed would give other bytes. */
function bytesOf(base64: string, expectedBytes: number): Buffer {
  const data = Buffer.from(base64, 'base64');
  if (data.length !== expectedBytes || data.toString('base64') !== base64) {
    throw fail(`data: it is not ${expectedBytes} bytes in base64`);
  }
  return data;
}

function fail(reason: string, cause?: unknown): FailureMessageError {
  return new FailureMessageError(
    `the body can't be read as a failed record of version ${VERSION}: ${reason}; expected the body of a message as SQS gave it out`,
    { cause },
  );
}
