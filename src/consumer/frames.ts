import type { RecordList } from '../delivery/record-list.js';
import { ProtocolError } from '../errors/errors.js';
import { FrameRecords } from './frame-records.js';
import { PieceReader, readInt64 } from './piece-reader.js';

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
} as const;

/** Type, count and millisBehindLatest. */
const RECORDS_HEADER_BYTES = 1 + 4 + 8;

export interface ControlMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface RecordBatch {
  readonly records: RecordList;
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
 * Takes a records frame apart. The records' data are views of its pieces, not copies, unless they came in several.
 *
 * @throws ProtocolError if lengths and count don't add up to the frame's length, or a number can't be what it stands for
 */
export function decodeRecords(pieces: readonly Buffer[]): RecordBatch {
  const reader = new PieceReader(pieces);
  const frameBytes = reader.left;
  if (frameBytes < RECORDS_HEADER_BYTES) {
    throw new ProtocolError(
      `a records frame has ${frameBytes} bytes; its header alone has ${RECORDS_HEADER_BYTES}`,
    );
  }
  reader.gather(RECORDS_HEADER_BYTES);
  const count = reader.piece.view.getUint32(reader.offset + 1);
  const millisBehindLatest = readInt64(reader.piece.view, reader.offset + 5);
  reader.skip(RECORDS_HEADER_BYTES);
  return {
    records: new FrameRecords(count, reader, frameBytes),
    millisBehindLatest: millisBehindLatest < 0 ? undefined : millisBehindLatest,
  };
}
