import { cbor } from '@smithy/core/cbor';

/** What a replayed shard holds. */
export interface ReplayedRecords {
  /** Bytes of data in each record. */
  recordBytes: number;
  /** Records in one answer, at most; Kinesis gives 10,000 or 10 MiB. */
  recordsPerBatch: number;
  /** How much is put into the shard; 0: there is always another full batch. */
  bytesPerSecond: number;
}

/** Kinesis's sequence numbers have 56 digits. These end in the record's index. */
const SEQUENCE_PREFIX = `496${'0'.repeat(41)}`;
const INDEX_DIGITS = 12;
const PARTITION_KEY = 'order-0000000000';

export const sequenceNumber = (index: number) => SEQUENCE_PREFIX + digits(index);
const digits = (index: number) => String(index).padStart(INDEX_DIGITS, '0');

/**
 * One shard's answers to GetRecords in CBOR, out of bytes that are prepared once: only sequence numbers and times are
 * written anew. The buffer is the shard's own and used again, which is safe as KCL has one call at a time for a shard.
 */
export class ShardSource {
  readonly #shard: string;
  readonly #records: ReplayedRecords;
  readonly #answer: Buffer;
  readonly #iteratorAt: number;
  readonly #behindAt: number;
  readonly #countAt: number;
  readonly #recordsAt: number;
  readonly #stride: number;
  readonly #indexAt: number;
  readonly #arrivalAt: number;
  #startedAt: number | undefined;
  #total: number | undefined;
  /** Records given out so far, each counted once: an answer that came too late is asked for again. */
  served = 0;

  constructor(shard: string, records: ReplayedRecords) {
    this.#shard = shard;
    this.#records = records;
    // Record by record the same, so that each field is at a fixed distance from the record's start.
    const arrival = 1_700_000_000_000;
    const record = Buffer.from(
      cbor.serialize({
        ApproximateArrivalTimestamp: arrival,
        SequenceNumber: sequenceNumber(0),
        PartitionKey: PARTITION_KEY,
        Data: Buffer.alloc(records.recordBytes, 'order '),
      }),
    );
    this.#stride = record.length;
    this.#indexAt = record.indexOf(sequenceNumber(0)) + SEQUENCE_PREFIX.length;
    this.#arrivalAt = record.indexOf(Buffer.from('ApproximateArrivalTimestamp')) + 28;

    const head = Buffer.concat([
      Buffer.from([0xa3]), // a map of 3
      cborText('NextShardIterator'),
      cborText(this.iteratorAfter(undefined)),
      cborText('MillisBehindLatest'),
      Buffer.from([0x1a, 0, 0, 0, 0]), // u32
      cborText('Records'),
      Buffer.from([0x9a, 0, 0, 0, 0]), // an array, its length in u32
    ]);
    this.#iteratorAt = head.lastIndexOf(digits(0)); // behind the shard's id
    this.#behindAt = head.indexOf('MillisBehindLatest') + 'MillisBehindLatest'.length + 1;
    this.#countAt = head.length - 4;
    this.#recordsAt = head.length;
    this.#answer = Buffer.concat([head, ...Array.from({ length: records.recordsPerBatch }, () => record)]);
  }

  /** Records are put from now on: otherwise the first read begins, and nothing has piled up before. */
  begin(): void {
    this.#startedAt = performance.now();
  }

  /** No more records are put. */
  freeze(): void {
    this.#total ??= this.#records.bytesPerSecond === 0 ? this.served : this.#recordsThere(0);
  }

  /** How many records there are, once no more are put. */
  get total(): number | undefined {
    return this.#total;
  }

  isAtEnd(iterator: string): boolean {
    return this.#total !== undefined && indexOf(iterator) >= this.#total;
  }

  /** From a position as GetShardIterator names it, or the first record; {@link shardOf} reads it. */
  iteratorAfter(position: string | undefined): string {
    return this.#shard + digits(position === undefined ? 0 : indexOf(position) + 1);
  }

  /** What is there from the iterator on, at most `limit` records. */
  getRecords(iterator: string, limit: number): Buffer {
    const first = indexOf(iterator);
    const there = this.#recordsThere(first);
    const count = Math.max(0, Math.min(this.#records.recordsPerBatch, limit, there - first));
    const now = Date.now();
    for (let place = 0; place < count; place++) {
      const at = this.#recordsAt + place * this.#stride;
      this.#answer.write(digits(first + place), at + this.#indexAt, 'latin1');
      this.#answer.writeBigUInt64BE(BigInt(now), at + this.#arrivalAt);
    }
    this.#answer.write(digits(first + count), this.#iteratorAt, 'latin1');
    this.#answer.writeUInt32BE(this.#millisBehind(there - first - count), this.#behindAt);
    this.#answer.writeUInt32BE(count, this.#countAt);
    this.served = Math.max(this.served, first + count);
    return this.#answer.subarray(0, this.#recordsAt + count * this.#stride);
  }

  #recordsThere(first: number): number {
    if (this.#total !== undefined) return this.#total;
    const { bytesPerSecond, recordBytes } = this.#records;
    if (bytesPerSecond === 0) return Infinity;
    this.#startedAt ??= performance.now() - (first * recordBytes * 1000) / bytesPerSecond;
    return Math.floor(((performance.now() - this.#startedAt) / 1000) * (bytesPerSecond / recordBytes));
  }

  #millisBehind(records: number): number {
    const { bytesPerSecond, recordBytes } = this.#records;
    // Endless data: far behind, and no more than that is known.
    return bytesPerSecond === 0
      ? 60_000
      : Math.max(0, Math.floor((records * recordBytes * 1000) / bytesPerSecond));
  }
}

/** The shard that an iterator is of. */
export const shardOf = (iterator: string) => iterator.slice(0, -INDEX_DIGITS);

const indexOf = (position: string) => Number(position.slice(-INDEX_DIGITS));

const cborText = (text: string) => Buffer.from(cbor.serialize(text));
