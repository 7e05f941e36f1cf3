import { ProtocolError } from '../errors/errors.js';

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
  readonly #pieces: readonly Buffer[];
  /** Of the piece behind this one. */
  #next = 1;
  /** How much of that has been taken already. */
  #taken = 0;

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = pieces;
    this.piece = new Piece(pieces[0] ?? Buffer.alloc(0));
    this.left = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** Sees to it that so many bytes, which must be left, lie in the piece: those that are in several are copied. */
  gather(bytes: number): void {
    if (this.#ahead >= bytes) return;
    if (this.#ahead === 0) this.#turn();
    if (this.#ahead >= bytes) return;
    const joined = Buffer.allocUnsafeSlow(bytes);
    let filled = this.piece.bytes.copy(joined, 0, this.offset);
    while (filled < bytes) {
      const next = this.#pieces[this.#next] as Buffer;
      const copied = next.copy(joined, filled, this.#taken);
      filled += copied;
      this.#taken += copied;
      if (this.#taken === next.length) this.#pass();
    }
    this.#goTo(joined, 0);
  }

  /** Goes past bytes that were gathered. */
  skip(bytes: number): void {
    this.offset += bytes;
    this.left -= bytes;
  }

  /** To the next piece. */
  #turn(): void {
    const taken = this.#taken;
    const next = this.#pieces[this.#next];
    if (next === undefined) return;
    this.#pass();
    this.#goTo(next, taken);
  }

  #pass(): void {
    this.#next++;
    this.#taken = 0;
  }

  #goTo(bytes: Buffer, offset: number): void {
    this.piece = new Piece(bytes);
    this.offset = offset;
  }

  /** How much of the piece is. */
  get #ahead(): number {
    return this.piece.view.byteLength - this.offset;
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
