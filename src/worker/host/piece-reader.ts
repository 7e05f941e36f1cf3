import { ProtocolError } from '../../errors/errors.js';

/** One piece of memory, with what reading it needs: to ask a Buffer for its memory costs as much as a small record. */
export class Piece {
  readonly view: DataView;
  readonly memory: ArrayBufferLike;
  /** Where the bytes begin in it. */
  readonly start: number;

  constructor(readonly bytes: Buffer) {
    this.memory = bytes.buffer;
    this.start = bytes.byteOffset;
    this.view = new DataView(this.memory, this.start, bytes.length);
  }
}

/** Bytes that came in pieces, read from front to back; what lies within one piece is not copied. */
export class PieceReader {
  /** Where the next bytes are, as far as gather() has seen to it. */
  piece: Piece;
  /** Of the next byte in it. */
  offset = 0;
  /** How many bytes are left, in all pieces. */
  left: number;
  /** What is behind the piece. */
  readonly #behind: Buffer[];

  constructor(pieces: readonly Buffer[]) {
    const [first = Buffer.alloc(0), ...behind] = pieces;
    this.piece = new Piece(first);
    this.#behind = behind;
    this.left = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** Sees to it that so many bytes, which must be left, lie in the piece: those that are in several are copied. */
  gather(bytes: number): void {
    const ahead = this.piece.view.byteLength - this.offset;
    if (ahead >= bytes) return;
    const next = this.#behind[0];
    if (ahead === 0 && next !== undefined && next.length >= bytes) {
      this.#behind.shift();
      this.#goTo(next);
      return;
    }
    const joined = Buffer.allocUnsafeSlow(bytes);
    let filled = this.piece.bytes.copy(joined, 0, this.offset);
    while (filled < bytes) {
      const from = this.#behind.shift() as Buffer;
      const copied = from.copy(joined, filled);
      filled += copied;
      if (copied < from.length) this.#behind.unshift(from.subarray(copied));
    }
    this.#goTo(joined);
  }

  /** Goes past bytes that were gathered. */
  skip(bytes: number): void {
    this.offset += bytes;
    this.left -= bytes;
  }

  #goTo(bytes: Buffer): void {
    this.piece = new Piece(bytes);
    this.offset = 0;
  }
}

/** An i64 as a number. Times and sub-sequence numbers don't reach 2^53; from there on it would be another one. */
export function readInt64(view: DataView, offset: number): number {
  const value = view.getInt32(offset) * 0x1_0000_0000 + view.getUint32(offset + 4);
  if (!Number.isSafeInteger(value)) {
    throw new ProtocolError(
      `a records frame has the number ${view.getBigInt64(offset)}, beyond what a time or sub-sequence number can be`,
    );
  }
  return value;
}
