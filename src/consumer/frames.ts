import type { KinesisRecord } from '../delivery/record-handler.js';
import { ProtocolError } from '../errors/errors.js';

/**
 * Constants of the frame format, version 1: `u32 length, u8 type, body`, big-endian; the length counts type and body.
 * docs/protocol.md has every offset; launcher/…/host/Frame.java is the other end.
 */
export const Frame = {
  version: 1,
  lengthBytes: 4,
  /** Kinesis takes records of up to 10 MiB, so that one with its keys fits. */
  maxLength: 16 * 1024 * 1024,
  maxControlLength: 64 * 1024,
  /** 'J': JSON in UTF-8. */
  control: 0x4a,
  /** 'R' */
  records: 0x52,
  recordsHeaderBytes: 1 + 4 + 8,
  recordHeaderBytes: 4 + 8 + 8 + 2 + 1,
} as const;

/** The last time that a Date can be (ECMAScript, time values and time range). */
const MAX_TIME_MS = 8_640_000_000_000_000;

export interface ControlMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface RecordBatch {
  readonly records: readonly KinesisRecord[];
  readonly millisBehindLatest: number | undefined;
}

export function encodeControl(message: ControlMessage): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  const frame = Buffer.allocUnsafe(Frame.lengthBytes + 1 + body.length);
  frame.writeUInt32BE(body.length + 1, 0);
  frame.writeUInt8(Frame.control, Frame.lengthBytes);
  body.copy(frame, Frame.lengthBytes + 1);
  return frame;
}

/** @throws ProtocolError */
export function decodeControl(frame: Buffer): ControlMessage {
  const text = frame.toString('utf8', 1);
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError(`a control frame is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (
    typeof message !== 'object' ||
    message === null ||
    typeof (message as ControlMessage).type !== 'string'
  ) {
    throw new ProtocolError(`a control frame has no 'type': ${text.slice(0, 200)}`);
  }
  return message as ControlMessage;
}

/**
 * Takes a records frame apart. The records' data are views into the frame, not copies.
 *
 * @throws ProtocolError if lengths and count don't add up to the frame's length, or a number can't be what it stands for
 */
export function decodeRecords(frame: Buffer): RecordBatch {
  if (frame.length < Frame.recordsHeaderBytes) {
    throw new ProtocolError(
      `a records frame has ${frame.length} bytes; its header alone has ${Frame.recordsHeaderBytes}`,
    );
  }
  const count = frame.readUInt32BE(1);
  const millisBehindLatest = optional(readInt64(frame, 5));
  const records: KinesisRecord[] = [];
  let offset: number = Frame.recordsHeaderBytes;
  for (let index = 0; index < count; index++) {
    const keyStart = offset + Frame.recordHeaderBytes;
    if (keyStart > frame.length) throw truncated(index, count, frame);
    const keyEnd = keyStart + frame.readUInt16BE(offset + 20);
    const sequenceEnd = keyEnd + frame.readUInt8(offset + 22);
    const end = sequenceEnd + frame.readUInt32BE(offset);
    if (end > frame.length) throw truncated(index, count, frame);
    const arrival = optional(readInt64(frame, offset + 4));
    const subSequenceNumber = readInt64(frame, offset + 12);
    if (subSequenceNumber < 0 || (arrival ?? 0) > MAX_TIME_MS) {
      throw new ProtocolError(
        `record ${index + 1} of ${count} has sub-sequence number ${subSequenceNumber} and arrived at ${arrival}; expected 0 or more, and milliseconds since 1970`,
      );
    }
    records.push({
      data: frame.subarray(sequenceEnd, end),
      partitionKey: keyEnd === keyStart ? null : frame.toString('utf8', keyStart, keyEnd),
      sequenceNumber: frame.toString('latin1', keyEnd, sequenceEnd),
      subSequenceNumber,
      approximateArrivalTimestamp: arrival === undefined ? undefined : new Date(arrival),
    });
    offset = end;
  }
  if (offset !== frame.length) {
    throw new ProtocolError(
      `a records frame has ${frame.length - offset} bytes after the last of its ${count} records`,
    );
  }
  return { records, millisBehindLatest };
}

function truncated(index: number, count: number, frame: Buffer): ProtocolError {
  return new ProtocolError(
    `record ${index + 1} of ${count} reaches past the end of its frame of ${frame.length} bytes`,
  );
}

/** An i64 as a number. Times and sub-sequence numbers don't reach 2^53; from there on it would be another one. */
function readInt64(buffer: Buffer, offset: number): number {
  const value = buffer.readInt32BE(offset) * 0x1_0000_0000 + buffer.readUInt32BE(offset + 4);
  if (!Number.isSafeInteger(value)) {
    throw new ProtocolError(
      `a records frame has the number ${buffer.readBigInt64BE(offset)}, beyond what a time or sub-sequence number can be`,
    );
  }
  return value;
}

function optional(value: number): number | undefined {
  return value < 0 ? undefined : value;
}
