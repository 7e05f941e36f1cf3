import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { KinesisRecord } from '../delivery/record-handler.js';
import type { Logger } from '../log/logger.js';
import { deaggregate } from './deaggregate.js';
import { EventError } from './event-error.js';

/** A record as its producer put it, and which of the event's records it came in. */
export interface UserRecord {
  readonly record: KinesisRecord;
  readonly index: number;
}

/**
 * The records of an event as their producers put them: KPL aggregates taken apart, which Lambda does not do. An aggregate
 * that can't be read is handed out as it is, and logged.
 *
 * @throws EventError if data are not base64
 */
export function userRecords({ Records }: KinesisStreamEvent, logger: Logger): UserRecord[] {
  return Records.flatMap((streamRecord, index) => {
    const { sequenceNumber, approximateArrivalTimestamp: seconds } = streamRecord.kinesis;
    const data = dataOf(streamRecord, index);
    // Absent for what is older than Kinesis's time stamps.
    const arrived = seconds === undefined ? undefined : new Date(Math.round(seconds * 1000));
    const packed = unpack(data, sequenceNumber, logger) ?? [{ partitionKey: keyOf(streamRecord), data }];
    return packed.map((one, subSequenceNumber) => ({
      index,
      record: {
        data: one.data,
        partitionKey: one.partitionKey,
        sequenceNumber,
        subSequenceNumber,
        approximateArrivalTimestamp: arrived,
      },
    }));
  });
}

/** The types of aws-lambda do not know a record without one. */
function keyOf({ kinesis }: { kinesis: { partitionKey?: string | null } }): string | null {
  return kinesis.partitionKey || null;
}

/** Buffer.from passes over what is not base64: a record that was changed on its way would give other bytes. */
function dataOf({ kinesis }: KinesisStreamRecord, index: number): Buffer {
  const data = Buffer.from(kinesis.data, 'base64');
  if (data.toString('base64') === kinesis.data) return data;
  throw new EventError(
    `record ${index}, ${kinesis.sequenceNumber}, can't be read: its data are not base64; expected a record as ` +
      "Lambda's event source mappings hand it over",
  );
}

function unpack(data: Buffer, sequenceNumber: string, logger: Logger) {
  try {
    return deaggregate(data);
  } catch (err) {
    logger.error(
      { err, sequenceNumber },
      "a KPL aggregate with the right checksum can't be read: the handler gets it as one record, as it was put",
    );
    return undefined;
  }
}
