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
 * @throws ProtocolError if lengths and count don't add up to the frame's length
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
    records.push({
      data: frame.subarray(sequenceEnd, end),
      partitionKey: frame.toString('utf8', keyStart, keyEnd),
      sequenceNumber: frame.toString('latin1', keyEnd, sequenceEnd),
      subSequenceNumber: readInt64(frame, offset + 12),
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

/** An i64 as a number; exact up to 2^53, which times and sub-sequence numbers don't reach. */
function readInt64(buffer: Buffer, offset: number): number {
  return buffer.readInt32BE(offset) * 0x1_0000_0000 + buffer.readUInt32BE(offset + 4);
}

function optional(value: number): number | undefined {
  return value < 0 ? undefined : value;
}
