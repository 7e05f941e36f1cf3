import { ProtocolError } from '../../errors/errors.js';

/**
 * Bytes of a line at most. One batch is one line, and a batch of de-aggregated KPL records may be many times what KCL
 * fetched; twice as much would no longer fit into a string of Node's (`buffer.constants.MAX_STRING_LENGTH`).
 */
const MAX_LINE_BYTES = 256 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Puts lines together from the pieces that a pipe delivers. readline would do it too, but knows no limit: a line without
 * an end would grow to the longest string that there is, and end in an error that says nothing.
 */
export class LineReader {
  readonly #maxLineBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(maxLineBytes = MAX_LINE_BYTES) {
    this.#maxLineBytes = maxLineBytes;
  }

  /**
   * The lines that end in this piece, each with its newline.
   *
   * @throws ProtocolError if a line is too long, ended or not; the reader can't be used after that
   */
  *push(piece: Buffer): Generator<Buffer, void, void> {
    let offset = 0;
    while (offset < piece.length) {
      const newline = piece.indexOf(NEWLINE, offset);
      const end = newline < 0 ? piece.length : newline + 1;
      this.#add(piece.subarray(offset, end));
      offset = end;
      if (newline >= 0) yield this.#take();
    }
  }

  /** What came after the last newline; empty if nothing did. */
  end(): Buffer {
    return this.#take();
  }

  #add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxLineBytes) {
      this.#take();
      throw new ProtocolError(`a line from the daemon has more than ${this.#maxLineBytes} bytes`, {
        remedy: 'Use transport = host, which sends a batch in parts, or make batches smaller (maxRecords).',
      });
    }
    this.#pieces.push(part);
  }

  #take(): Buffer {
    const [first = Buffer.alloc(0), ...more] = this.#pieces;
    const line = more.length === 0 ? first : Buffer.concat([first, ...more]);
    this.#pieces = [];
    this.#bytes = 0;
    return line;
  }
}
