import { checkLength, checkType, Frame } from './frames.js';

/**
 * Finds the frames in the pieces that a socket delivers. A frame is not put together: it is handed out as views of the
 * pieces that it came in, because to join 1 MiB costs more than all else that reading it does.
 */
export class FrameReader {
  /** The bytes of a length field, which may come in pieces too. */
  readonly #length = Buffer.alloc(Frame.lengthBytes);
  #lengthFilled = 0;
  /** What has come of the frame behind it, and how many bytes have not come yet. */
  #pieces: Buffer[] = [];
  #missing = 0;

  /**
   * The frames that end in this piece, without their length field, each in the pieces that it came in.
   *
   * @throws ProtocolError if a frame's length or type is not allowed; the reader can't be used after that
   */
  *push(piece: Buffer): Generator<readonly Buffer[], void, void> {
    let offset = 0;
    while (offset < piece.length) {
      if (this.#lengthFilled < Frame.lengthBytes) {
        const taken = piece.copy(this.#length, this.#lengthFilled, offset);
        this.#lengthFilled += taken;
        offset += taken;
        if (this.#lengthFilled < Frame.lengthBytes) return;
        this.#missing = this.#length.readUInt32BE(0);
        checkLength(this.#missing);
        continue; // the type may not have come yet
      }
      if (this.#pieces.length === 0) checkType(piece.readUInt8(offset), this.#missing);
      const part = piece.subarray(offset, offset + this.#missing);
      this.#pieces.push(part);
      offset += part.length;
      this.#missing -= part.length;
      if (this.#missing > 0) return;
      const frame = this.#pieces;
      this.#pieces = [];
      this.#lengthFilled = 0;
      yield frame;
    }
  }

  /** Whether a frame has begun and not ended: at the connection's end, something was cut off. */
  get midFrame(): boolean {
    return this.#lengthFilled > 0;
  }
}
