import { cbor } from '@smithy/core/cbor';
import { jsonData } from './json-data.js';

/** The two ways in which the AWS SDKs ask Kinesis: Java's in CBOR, that for JavaScript in JSON. */
export type AnswerFormat = 'cbor' | 'json';

export interface AnswerContent {
  /** Index of the first record. */
  first: number;
  count: number;
  millisBehindLatest: number;
  arrivalMs: number;
}

export const INDEX_DIGITS = 12;
export const digits = (index: number) => String(index).padStart(INDEX_DIGITS, '0');
/** Kinesis's sequence numbers have 56 digits. These end in the record's index. */
const SEQUENCE_PREFIX = `496${'0'.repeat(41)}`;
export const sequenceNumber = (index: number) => SEQUENCE_PREFIX + digits(index);

const PARTITION_KEY = 'order-0000000000';
const ARRIVAL_MS = 1_700_000_000_000;

/**
 * An answer of GetRecords whose bytes are prepared once: only sequence numbers, times, and what is said of the whole are
 * written anew. The buffer is used again, so one shard's next answer may be asked for when this one was received.
 */
export class PreparedAnswer {
  readonly #format: Format;
  readonly #bytes: Buffer;
  readonly #headBytes: number;
  readonly #stride: number;
  readonly #iteratorAt: number;
  readonly #behindAt: number;
  readonly #countAt: number;
  readonly #indexAt: number;
  readonly #arrivalAt: number;
  /** Where the last answer ended, over what begins the next record. */
  #endedAt: number | undefined;

  /** @param iterator that of the shard, which ends in the index of its first record */
  constructor(format: AnswerFormat, iterator: string, recordBytes: number, mostRecords: number) {
    this.#format = FORMATS[format];
    // Record by record the same, so that each field is at a fixed distance from the record's start.
    const record = this.#format.record(jsonData(recordBytes));
    const head = this.#format.head(iterator);
    this.#headBytes = head.length;
    this.#stride = record.length;
    this.#iteratorAt = head.indexOf(iterator) + iterator.length - INDEX_DIGITS;
    this.#behindAt = this.#format.behindAt(head);
    this.#countAt = head.length - 4; // in CBOR alone
    this.#indexAt = record.indexOf(sequenceNumber(0)) + SEQUENCE_PREFIX.length;
    this.#arrivalAt = this.#format.arrivalAt(record);
    this.#bytes = Buffer.concat([
      head,
      ...Array.from({ length: mostRecords }, () => record),
      Buffer.alloc(this.#format.end.length),
    ]);
  }

  fill({ first, count, millisBehindLatest, arrivalMs }: AnswerContent): Buffer {
    const { begin, end, writeArrival, writeBehind } = this.#format;
    if (this.#endedAt !== undefined) this.#bytes.write(begin, this.#endedAt, 'latin1');
    for (let place = 0; place < count; place++) {
      const at = this.#headBytes + place * this.#stride;
      this.#bytes.write(digits(first + place), at + this.#indexAt, 'latin1');
      writeArrival(this.#bytes, at + this.#arrivalAt, arrivalMs);
    }
    // JSON has commas between records, none before the first.
    if (begin !== '') this.#bytes.write(' ', this.#headBytes, 'latin1');
    this.#bytes.write(digits(first + count), this.#iteratorAt, 'latin1');
    writeBehind(this.#bytes, this.#behindAt, millisBehindLatest);
    if (this.#format === FORMATS.cbor) this.#bytes.writeUInt32BE(count, this.#countAt);
    this.#endedAt = this.#headBytes + count * this.#stride;
    this.#bytes.write(end, this.#endedAt, 'latin1');
    return this.#bytes.subarray(0, this.#endedAt + end.length);
  }
}

interface Format {
  /** All before the first record. */
  head(iterator: string): Buffer;
  record(data: Buffer): Buffer;
  /** What a record begins with, in place of which an answer may end. */
  begin: string;
  end: string;
  behindAt(head: Buffer): number;
  arrivalAt(record: Buffer): number;
  writeBehind(bytes: Buffer, at: number, ms: number): void;
  writeArrival(bytes: Buffer, at: number, ms: number): void;
}

const text = (value: string) => Buffer.from(cbor.serialize(value));
/** Behind the name, its colon in JSON or the byte of its value's type in CBOR. */
const behind = (bytes: Buffer, name: string) => bytes.indexOf(name) + name.length + 1;
const JSON_DIGITS = 14;

const FORMATS: Record<AnswerFormat, Format> = {
  cbor: {
    head: (iterator) =>
      Buffer.concat([
        Buffer.from([0xa3]), // a map of 3
        text('NextShardIterator'),
        text(iterator),
        text('MillisBehindLatest'),
        Buffer.from([0x1a, 0, 0, 0, 0]), // u32
        text('Records'),
        Buffer.from([0x9a, 0, 0, 0, 0]), // an array, its length in u32
      ]),
    record: (data) =>
      Buffer.from(
        cbor.serialize({
          ApproximateArrivalTimestamp: ARRIVAL_MS,
          SequenceNumber: sequenceNumber(0),
          PartitionKey: PARTITION_KEY,
          Data: data,
        }),
      ),
    begin: '',
    end: '',
    behindAt: (head) => behind(head, 'MillisBehindLatest'),
    arrivalAt: (record) => behind(record, 'ApproximateArrivalTimestamp'),
    writeBehind: (bytes, at, ms) => bytes.writeUInt32BE(ms, at),
    writeArrival: (bytes, at, ms) => bytes.writeBigUInt64BE(BigInt(ms), at),
  },
  json: {
    head: (iterator) =>
      Buffer.from(
        `{"NextShardIterator":"${iterator}","MillisBehindLatest":${' '.repeat(JSON_DIGITS)},"Records":[`,
      ),
    record: (data) =>
      Buffer.from(
        `,{"ApproximateArrivalTimestamp":${seconds(ARRIVAL_MS)},"SequenceNumber":"${sequenceNumber(0)}",` +
          `"PartitionKey":"${PARTITION_KEY}","Data":"${data.toString('base64')}"}`,
      ),
    begin: ',{',
    end: ']}',
    behindAt: (head) => behind(head, '"MillisBehindLatest"'),
    arrivalAt: (record) => behind(record, '"ApproximateArrivalTimestamp"'),
    writeBehind: (bytes, at, ms) => bytes.write(String(ms).padStart(JSON_DIGITS), at, 'latin1'),
    writeArrival: (bytes, at, ms) => bytes.write(seconds(ms), at, 'latin1'),
  },
};

/** As in JSON, where Kinesis gives times in seconds. */
const seconds = (ms: number) => (ms / 1000).toFixed(3);
