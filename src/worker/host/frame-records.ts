import type { KinesisRecord } from '../../delivery/record-handler.js';
import type { RecordList } from '../../delivery/record-list.js';
import { ProtocolError } from '../../errors/errors.js';
import { type Piece, PieceReader, readInt64 } from './piece-reader.js';

/** Type, count and millisBehindLatest. */
const FRAME_HEADER_BYTES = 1 + 4 + 8;
/** Data length, arrival time, sub-sequence number, lengths of partition key and sequence number. */
const HEADER_BYTES = 4 + 8 + 8 + 2 + 1;
/** The last time that a Date can be (ECMAScript, time values and time range). */
const MAX_TIME_MS = 8_640_000_000_000_000;

/**
 * The records of a frame. All are checked at once, and each is decoded when it is handed over: handed over one by one,
 * they don't live until the end of their batch, which is most of what they cost.
 *
 * A record is a plain object with all its fields. Getters would spare those that a handler does not look at, but
 * `{ ...record }` and structuredClone() would leave them out without a word.
 */
export class FrameRecords implements RecordList {
  readonly dataBytes: number;
  readonly length: number;
  readonly millisBehindLatest: number | undefined;
  readonly #pieces: Piece[] = [];
  /** Of each record: in which of the pieces it lies, and where. */
  readonly #pieceOf: Uint32Array;
  readonly #offsets: Uint32Array;
  /** The one that was handed over last, which may be asked for again. */
  #last: { readonly index: number; readonly record: KinesisRecord } | undefined;

  /**
   * The records' data are views of the pieces, not copies, unless they came in several.
   *
   * @param pieces of the frame
   * @throws ProtocolError if lengths and count don't add up to the frame's length, or a number can't be what it stands for
   */
  constructor(pieces: readonly Buffer[]) {
    const reader = new PieceReader(pieces);
    const frameBytes = reader.left;
    if (frameBytes < FRAME_HEADER_BYTES) {
      throw new ProtocolError(
        `a records frame has ${frameBytes} bytes; its header alone has ${FRAME_HEADER_BYTES}`,
      );
    }
    reader.gather(FRAME_HEADER_BYTES);
    const count = reader.piece.view.getUint32(reader.offset + 1);
    const behind = readInt64(reader.piece.view, reader.offset + 5);
    reader.skip(FRAME_HEADER_BYTES);
    this.millisBehindLatest = behind < 0 ? undefined : behind;
    const most = Math.min(count, Math.floor(reader.left / HEADER_BYTES));
    this.#pieceOf = new Uint32Array(most);
    this.#offsets = new Uint32Array(most);
    let dataBytes = 0;
    let last: Piece | undefined;
    for (let index = 0; index < count; index++) {
      if (reader.left < HEADER_BYTES) throw truncated(index, count, frameBytes);
      reader.gather(HEADER_BYTES);
      const bytes = recordBytes(reader.piece.view, reader.offset);
      if (reader.left < bytes) throw truncated(index, count, frameBytes);
      reader.gather(bytes);
      const { piece, offset } = reader;
      checkNumbers(piece.view, offset, index, count);
      dataBytes += piece.view.getUint32(offset);
      if (piece !== last) this.#pieces.push(piece);
      last = piece;
      this.#pieceOf[index] = this.#pieces.length - 1;
      this.#offsets[index] = offset;
      reader.skip(bytes);
    }
    if (reader.left > 0) {
      throw new ProtocolError(
        `a records frame has ${reader.left} bytes after the last of its ${count} records`,
      );
    }
    this.length = count;
    this.dataBytes = dataBytes;
  }

  at(index: number): KinesisRecord | undefined {
    if (index >= this.length) return undefined;
    if (this.#last?.index !== index) this.#last = { index, record: this.#decode(index) };
    return this.#last.record;
  }

  slice(start: number, end: number): KinesisRecord[] {
    const records: KinesisRecord[] = [];
    const last = Math.min(end, this.length);
    for (let index = start; index < last; index++) {
      records.push(this.#last?.index === index ? this.#last.record : this.#decode(index));
    }
    return records;
  }

  #decode(index: number): KinesisRecord {
    const { bytes, view, memory, start } = this.#pieces[this.#pieceOf[index] as number] as Piece;
    const offset = this.#offsets[index] as number;
    const sequenceBytes = view.getUint8(offset + 22);
    const keyStart = offset + HEADER_BYTES;
    const sequenceEnd = keyStart + view.getUint16(offset + 20) + sequenceBytes;
    // Both in one call, which costs more than the text does. The digits of the sequence number are a byte each.
    const text = bytes.toString('utf8', keyStart, sequenceEnd);
    const keyLength = text.length - sequenceBytes;
    const arrival = readInt64(view, offset + 4);
    return {
      data: Buffer.from(memory, start + sequenceEnd, view.getUint32(offset)),
      partitionKey: keyLength === 0 ? null : text.slice(0, keyLength),
      sequenceNumber: text.slice(keyLength),
      subSequenceNumber: readInt64(view, offset + 12),
      approximateArrivalTimestamp: arrival < 0 ? undefined : new Date(arrival),
    };
  }
}

/** How long the record is that begins there. */
function recordBytes(view: DataView, offset: number): number {
  const texts = view.getUint16(offset + 20) + view.getUint8(offset + 22);
  return HEADER_BYTES + texts + view.getUint32(offset);
}

function checkNumbers(view: DataView, offset: number, index: number, count: number): void {
  const arrival = readInt64(view, offset + 4);
  const subSequenceNumber = readInt64(view, offset + 12);
  if (subSequenceNumber >= 0 && arrival <= MAX_TIME_MS) return;
  throw new ProtocolError(
    `record ${index + 1} of ${count} has sub-sequence number ${subSequenceNumber} and arrived at ${arrival < 0 ? undefined : arrival}; expected 0 or more, and milliseconds since 1970`,
  );
}

function truncated(index: number, count: number, frameBytes: number): ProtocolError {
  return new ProtocolError(
    `record ${index + 1} of ${count} reaches past the end of its frame of ${frameBytes} bytes`,
  );
}
