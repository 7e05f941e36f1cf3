import { type AnswerFormat, digits, INDEX_DIGITS, PreparedAnswer } from './prepared-answer.js';

/** What a replayed shard holds. */
export interface ReplayedRecords {
  /** Bytes of data in each record. */
  recordBytes: number;
  /** Records in one answer, at most; Kinesis gives 10,000 or 10 MiB. */
  recordsPerBatch: number;
  /** How much is put into the shard; 0: there is always another full batch. */
  bytesPerSecond: number;
}

/** One shard: how many records it has by now, and its answers to GetRecords. */
export class ShardSource {
  readonly #shard: string;
  readonly #records: ReplayedRecords;
  /** Made when they are first asked for: hardly a shard is read in both formats. */
  readonly #answers: Partial<Record<AnswerFormat, PreparedAnswer>> = {};
  #startedAt: number | undefined;
  #total: number | undefined;
  /** Records given out so far, each counted once: an answer that came too late is asked for again. */
  served = 0;

  constructor(shard: string, records: ReplayedRecords) {
    this.#shard = shard;
    this.#records = records;
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

  /** What is there from the iterator on, at most `limit` records; the bytes are good until the next call. */
  getRecords(iterator: string, limit: number, format: AnswerFormat): Buffer {
    const first = indexOf(iterator);
    const there = this.#recordsThere(first);
    const count = Math.max(0, Math.min(this.#records.recordsPerBatch, limit, there - first));
    this.served = Math.max(this.served, first + count);
    return this.#answer(format).fill({
      first,
      count,
      millisBehindLatest: this.#millisBehind(there - first - count),
      arrivalMs: Date.now(),
    });
  }

  #answer(format: AnswerFormat): PreparedAnswer {
    const { recordBytes, recordsPerBatch } = this.#records;
    this.#answers[format] ??= new PreparedAnswer(
      format,
      this.iteratorAfter(undefined),
      recordBytes,
      recordsPerBatch,
    );
    return this.#answers[format];
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
