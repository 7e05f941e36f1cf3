import { ProtocolError } from '../errors/errors.js';
import { Frame } from './frames.js';

/**
 * Finds the frames in the pieces that a socket delivers. A frame is not put together: it is handed out as views of the
 * pieces that it came in, because to join 1 MiB costs more than all else that reading it does.
 */
export class FrameReader {
  /** What has come of a frame; its length field is complete while this is not undefined. */
  #pieces: Buffer[] | undefined;
  /** How many bytes of it have not come yet. */
  #missing = 0;
  /** The bytes of a length field, which may come in pieces too. */
  readonly #length = Buffer.alloc(Frame.lengthBytes);
  #lengthFilled = 0;

  /**
   * The frames that end in this piece, without their length field, each in the pieces that it came in.
   *
   * @throws ProtocolError if a frame's length or type is not allowed; the reader can't be used after that
   */
  *push(piece: Buffer): Generator<readonly Buffer[], void, void> {
    let offset = 0;
    while (offset < piece.length) {
      if (this.#pieces === undefined) {
        const taken = piece.copy(this.#length, this.#lengthFilled, offset);
        this.#lengthFilled += taken;
        offset += taken;
        if (this.#lengthFilled < Frame.lengthBytes) return;
        this.#missing = this.#length.readUInt32BE(0);
        checkLength(this.#missing);
        this.#pieces = [];
        continue; // the type may not have come yet
      }
      if (this.#pieces.length === 0) checkType(piece.readUInt8(offset), this.#missing);
      const end = Math.min(offset + this.#missing, piece.length);
      this.#pieces.push(piece.subarray(offset, end));
      this.#missing -= end - offset;
      offset = end;
      if (this.#missing > 0) return;
      const frame = this.#pieces;
      this.#pieces = undefined;
      this.#lengthFilled = 0;
      yield frame;
    }
  }

  /** Whether a frame has begun and not ended: at the connection's end, something was cut off. */
  get midFrame(): boolean {
    return this.#lengthFilled > 0;
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
