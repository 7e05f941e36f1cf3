/** Bytes that came in pieces, read from front to back; what lies within one piece is not copied. */
export class PieceReader {
  /** Where the next bytes are, as far as gather() has seen to it. */
  piece: Buffer;
  /** The same memory. */
  view: DataView;
  /** Of the next byte in both. */
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
    this.piece = pieces[0] ?? Buffer.alloc(0);
    this.view = viewOf(this.piece);
    this.left = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** Sees to it that so many bytes, which must be left, lie in the piece: those that are in several are copied. */
  gather(bytes: number): void {
    if (this.piece.length - this.offset >= bytes) return;
    if (this.offset === this.piece.length) this.#turn();
    if (this.piece.length - this.offset >= bytes) return;
    const joined = Buffer.allocUnsafeSlow(bytes);
    let filled = this.piece.copy(joined, 0, this.offset);
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

  #goTo(piece: Buffer, offset: number): void {
    this.piece = piece;
    this.view = viewOf(piece);
    this.offset = offset;
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
