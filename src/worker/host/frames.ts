import { ProtocolError } from '../../errors/errors.js';

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

export interface ControlMessage {
  readonly type: string;
  readonly [field: string]: unknown;
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

/** @throws ProtocolError if a frame can't have this length */
export function checkLength(length: number): void {
  if (length < 1 || length > Frame.maxLength) {
    throw new ProtocolError(`a frame says it has ${length} bytes; expected 1 to ${Frame.maxLength}`);
  }
}

/** @throws ProtocolError if there is no such type, or its frames can't have this length */
export function checkType(type: number, length: number): void {
  if (type !== Frame.control && type !== Frame.records) {
    throw new ProtocolError(
      `a frame has type 0x${type.toString(16).padStart(2, '0')}; expected 0x4a (control) or 0x52 (records)`,
    );
  }
  if (type === Frame.control && length > Frame.maxControlLength) {
    throw new ProtocolError(
      `a control frame has ${length} bytes; at most ${Frame.maxControlLength} are allowed`,
    );
  }
}
