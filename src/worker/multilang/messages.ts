import { isUtf8 } from 'node:buffer';
import type { KinesisRecord } from '../../delivery/record-handler.js';
import { cut } from '../../errors/cut.js';
import { ProtocolError } from '../../errors/errors.js';

/** A message of the MultiLangDaemon: one line of JSON. docs/multilang.md has the messages. */
export interface DaemonMessage {
  readonly action: string;
  readonly [field: string]: unknown;
}

/**
 * @returns the line's message; undefined for an empty line, which says nothing
 * @throws ProtocolError if it is not UTF-8 (a partition key would not be what the producer put), not JSON, or has no action
 */
export function parseMessage(line: Buffer): DaemonMessage | undefined {
  if (!isUtf8(line)) throw new ProtocolError('the daemon sent a line that is not UTF-8');
  const text = line.toString();
  if (!/\S/.test(text)) return undefined;
  const message = parse(text) as DaemonMessage | null;
  if (typeof message?.action === 'string') return message;
  throw new ProtocolError(`the daemon sent a line without an action: ${cut(text.trim(), 2_000)}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new ProtocolError(`the daemon sent a line that is not JSON: ${reason}`, { cause });
  }
}

/** @throws ProtocolError if they are not what the daemon sends: a record without its position can't be checkpointed */
export function toRecords(records: unknown): KinesisRecord[] {
  if (!Array.isArray(records)) throw new ProtocolError("the daemon sent 'processRecords' without 'records'");
  return records.map(toRecord);
}

function toRecord(given: unknown, index: number): KinesisRecord {
  const record = (given ?? {}) as Record<string, unknown>;
  const text = (name: string) => {
    const value = record[name];
    if (typeof value === 'string') return value;
    throw new ProtocolError(`the daemon sent a record (number ${index + 1}) without '${name}'`);
  };
  const { approximateArrivalTimestamp: arrival } = record;
  return {
    data: Buffer.from(text('data'), 'base64'),
    // The stream may distribute its records by itself (RecordDistributionStrategy AUTO): then a key is optional.
    partitionKey: (record.partitionKey ?? null) === null ? null : text('partitionKey') || null,
    sequenceNumber: text('sequenceNumber'),
    subSequenceNumber: numberOf(record.subSequenceNumber) ?? 0,
    approximateArrivalTimestamp: typeof arrival === 'number' ? new Date(arrival) : undefined,
  };
}

/** Undefined for anything but a number, such as the null of an unknown value. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
