import { ProtocolError } from '../errors/errors.js';
import { Frame } from './frames.js';

/**
 * Puts frames together from the pieces that a socket delivers. A frame's memory is allocated once, when its length is
 * known to be allowed for its type; a frame that arrived in one piece is not copied.
 */
export class FrameReader {
  #frame: Buffer | undefined;
  #filled = 0;
  /** The bytes of a length field, which may come in pieces. */
  #length = Buffer.alloc(Frame.lengthBytes);
  #lengthFilled = 0;

  /**
   * The frames that end in this piece, without their length field.
   *
   * @throws ProtocolError if a frame's length or type is not allowed; the reader can't be used after that
   */
  *push(piece: Buffer): Generator<Buffer, void, void> {
    let offset = 0;
    while (offset < piece.length) {
      if (this.#frame === undefined) {
        if (this.#lengthFilled < Frame.lengthBytes) {
          const taken = piece.copy(this.#length, this.#lengthFilled, offset);
          this.#lengthFilled += taken;
          offset += taken;
          if (this.#lengthFilled === Frame.lengthBytes) checkLength(this.#length.readUInt32BE(0));
          continue; // the type may not have come yet
        }
        const length = this.#length.readUInt32BE(0);
        checkType(piece.readUInt8(offset), length);
        this.#lengthFilled = 0;
        if (piece.length - offset >= length) {
          yield piece.subarray(offset, offset + length);
          offset += length;
          continue;
        }
        this.#frame = Buffer.allocUnsafe(length);
        this.#filled = 0;
      }
      const taken = piece.copy(this.#frame, this.#filled, offset);
      this.#filled += taken;
      offset += taken;
      if (this.#filled === this.#frame.length) {
        const frame = this.#frame;
        this.#frame = undefined;
        yield frame;
      }
    }
  }

  /** Whether a frame has begun and not ended: at the connection's end, something was cut off. */
  get midFrame(): boolean {
    return this.#frame !== undefined || this.#lengthFilled > 0;
  }
}

function checkLength(length: number): void {
  if (length < 1 || length > Frame.maxLength) {
    throw new ProtocolError(`a frame says it has ${length} bytes; expected 1 to ${Frame.maxLength}`);
  }
}

function checkType(type: number, length: number): void {
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
