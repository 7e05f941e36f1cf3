import type { KinesisRecord } from '../delivery/record-handler.js';
import { ProtocolError } from '../errors/errors.js';
import { PieceReader } from './piece-reader.js';

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
export function decodeControl(pieces: readonly Buffer[]): ControlMessage {
  const text = Buffer.concat(pieces).toString('utf8', 1);
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
 * Takes a records frame apart. The records' data are views of the pieces, not copies, unless they came in several.
 *
 * Each field is decoded at once, so that a record is a plain object in every respect. Getters would spare those that a
 * handler does not look at, but `{ ...record }` and structuredClone() would leave them out without a word.
 *
 * @throws ProtocolError if lengths and count don't add up to the frame's length, or a number can't be what it stands for
 */
export function decodeRecords(pieces: readonly Buffer[]): RecordBatch {
  const reader = new PieceReader(pieces);
  const length = reader.left;
  if (length < Frame.recordsHeaderBytes) {
    throw new ProtocolError(
      `a records frame has ${length} bytes; its header alone has ${Frame.recordsHeaderBytes}`,
    );
  }
  reader.gather(Frame.recordsHeaderBytes);
  const count = reader.view.getUint32(reader.offset + 1);
  const millisBehindLatest = optional(readInt64(reader.view, reader.offset + 5));
  reader.skip(Frame.recordsHeaderBytes);
  const records: KinesisRecord[] = [];
  for (let index = 0; index < count; index++) {
    if (reader.left < Frame.recordHeaderBytes) throw truncated(index, count, length);
    reader.gather(Frame.recordHeaderBytes);
    const recordBytes = lengthOf(reader.view, reader.offset);
    if (reader.left < recordBytes) throw truncated(index, count, length);
    reader.gather(recordBytes);
    const { piece, view, offset } = reader;
    const subSequenceNumber = readInt64(view, offset + 12);
    const arrival = optional(readInt64(view, offset + 4));
    if (subSequenceNumber < 0 || (arrival ?? 0) > MAX_TIME_MS) {
      throw new ProtocolError(
        `record ${index + 1} of ${count} has sub-sequence number ${subSequenceNumber} and arrived at ${arrival}; expected 0 or more, and milliseconds since 1970`,
      );
    }
    const keyStart = offset + Frame.recordHeaderBytes;
    const sequenceEnd = keyStart + view.getUint16(offset + 20) + view.getUint8(offset + 22);
    // Both in one call, which costs more than the text does. The digits of the sequence number are a byte each.
    const text = piece.toString('utf8', keyStart, sequenceEnd);
    const keyLength = text.length - view.getUint8(offset + 22);
    records.push({
      data: Buffer.from(view.buffer, view.byteOffset + sequenceEnd, view.getUint32(offset)),
      partitionKey: keyLength === 0 ? null : text.slice(0, keyLength),
      sequenceNumber: text.slice(keyLength),
      subSequenceNumber,
      approximateArrivalTimestamp: arrival === undefined ? undefined : new Date(arrival),
    });
    reader.skip(recordBytes);
  }
  if (reader.left > 0) {
    throw new ProtocolError(
      `a records frame has ${reader.left} bytes after the last of its ${count} records`,
    );
  }
  return { records, millisBehindLatest };
}

/** Of the record that begins there, in bytes. */
function lengthOf(view: DataView, offset: number): number {
  const key = view.getUint16(offset + 20);
  const sequenceNumber = view.getUint8(offset + 22);
  return Frame.recordHeaderBytes + key + sequenceNumber + view.getUint32(offset);
}

function truncated(index: number, count: number, frameBytes: number): ProtocolError {
  return new ProtocolError(
    `record ${index + 1} of ${count} reaches past the end of its frame of ${frameBytes} bytes`,
  );
}

/** An i64 as a number. Times and sub-sequence numbers don't reach 2^53; from there on it would be another one. */
function readInt64(view: DataView, offset: number): number {
  const value = view.getInt32(offset) * 0x1_0000_0000 + view.getUint32(offset + 4);
  if (!Number.isSafeInteger(value)) {
    throw new ProtocolError(
      `a records frame has the number ${view.getBigInt64(offset)}, beyond what a time or sub-sequence number can be`,
    );
  }
  return value;
}

function optional(value: number): number | undefined {
  return value < 0 ? undefined : value;
}
