import type { KinesisRecord } from '../../delivery/record-handler.js';
import { ProtocolError } from '../../errors/errors.js';

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
  const { subSequenceNumber = 0, approximateArrivalTimestamp: arrival } = record;
  return {
    data: Buffer.from(text('data'), 'base64'),
    // The stream may distribute its records by itself (RecordDistributionStrategy AUTO): then a key is optional.
    partitionKey: (record.partitionKey ?? null) === null ? null : text('partitionKey') || null,
    sequenceNumber: text('sequenceNumber'),
    subSequenceNumber: typeof subSequenceNumber === 'number' ? subSequenceNumber : 0,
    approximateArrivalTimestamp: typeof arrival === 'number' ? new Date(arrival) : undefined,
  };
}
