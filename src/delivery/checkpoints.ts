import { Backoff } from './backoff.js';
import type { DeliveryOptions } from './delivery-options.js';
import { type Checkpoint, CheckpointError, isLeaseLost, type Position } from './position.js';
import type { Shard } from './shard.js';

/** Between attempts of one that failed, in ms. */
const RETRY = { delayMs: 200, maxDelayMs: 10_000, jitter: 'full' } as const;

/**
 * One shard's checkpoints: always of the newest record that is handled with all before it, one at a time, and beside
 * the handling of the next records. One that fails is made again later, at the position that is the newest by then.
 */
export class Checkpoints {
  /** How they are stored; each message of KCL brings a way of its own. */
  store: Checkpoint = () => Promise.reject(new CheckpointError('TooEarly', 'the shard is not initialized'));
  millisBehindLatest: number | undefined;
  readonly #shard: Shard;
  readonly #options: DeliveryOptions;
  readonly #backoff = new Backoff(RETRY);
  #handled: Position | undefined;
  #records = 0;
  #underWay: Promise<void> | undefined;
  /** By the monotonic clock: the wall clock may be set back. */
  #lastAt = performance.now();
  #retryAt = 0;

  constructor(shard: Shard, options: DeliveryOptions) {
    this.#shard = shard;
    this.#options = options;
  }

  /** The newest record that is handled and not checkpointed, with all before it. */
  get newest(): Position | undefined {
    return this.#handled;
  }

  /** How many handled records are not checkpointed. */
  get records(): number {
    return this.#records;
  }

  /** The same, with the last of them, for the log; undefined if there are none. */
  get uncheckpointed(): (Position & { readonly uncheckpointed: number }) | undefined {
    return this.#handled && { uncheckpointed: this.#records, ...positionOf(this.#handled) };
  }

  handled(position: Position, records: number): void {
    this.#handled = position;
    this.#records += records;
  }

  /** Begins one, if it is time and none is under way. */
  startIfDue(now: number, endOfBatch = false): void {
    if (this.#underWay !== undefined || this.#handled === undefined || now < this.#retryAt) return;
    const { checkpointIntervalMs, checkpointRecords } = this.#options;
    const atIntervals = checkpointIntervalMs > 0 || endOfBatch;
    const inTime = atIntervals && now - this.#lastAt >= checkpointIntervalMs;
    if (!inTime && this.#records < checkpointRecords) return;
    if (this.#shard.over.aborted) return;
    this.#underWay = this.#storeInBackground(this.#handled);
  }

  /** Waits until none is under way. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  /** Waits until none is under way, and none is due. */
  async endOfBatch(): Promise<void> {
    await this.settled();
    this.startIfDue(performance.now(), true);
    await this.settled();
  }

  /** In one attempt; the position of one that failed stays for the next. */
  async #storeInBackground(position: Position): Promise<void> {
    try {
      await this.storeAt(position);
    } catch (err) {
      if (isLeaseLost(err)) return;
      const retryInMs = this.#backoff.next();
      this.#retryAt = performance.now() + retryInMs;
      this.#shard.logger.warn({ err, retryInMs }, 'checkpoint failed');
    } finally {
      this.#underWay = undefined;
    }
  }

  /**
   * One attempt, at a position or at the shard's end.
   *
   * @throws CheckpointError if it is not stored
   */
  async storeAt(position: Position | undefined): Promise<void> {
    const { observer, stream, id } = this.#shard;
    // The end covers all; a position that a record processor chose covers nothing that is counted here.
    const covered = position === undefined || position === this.#handled ? this.#records : 0;
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    try {
      await this.store(position && positionOf(position));
    } catch (error) {
      observer.checkpointFailed(error, seconds());
      if (isLeaseLost(error)) this.#onLeaseLost(error);
      throw error;
    }
    observer.checkpointStored(seconds());
    this.#options.uncheckpointed?.stored(stream.arn, id, position, covered);
    if (position === undefined || this.#handled === position) this.#handled = undefined;
    this.#records -= covered;
    if (position !== undefined && covered > 0) this.#onStored(position, covered);
  }

  #onStored(position: Position, records: number): void {
    this.#lastAt = performance.now();
    this.#retryAt = 0;
    this.#backoff.reset();
    const { millisBehindLatest } = this;
    this.#shard.logger.info({ ...positionOf(position), records, millisBehindLatest }, 'checkpointed');
  }

  /** The next worker starts at the last checkpoint: records come again, none is lost. */
  #onLeaseLost(err: CheckpointError): void {
    this.#shard.logger.warn({ err, ...this.uncheckpointed }, 'checkpoint refused: the lease is lost');
    this.#shard.move('lease lost');
    this.noteUncheckpointed();
  }

  /** The lease is lost: what is handled and not checkpointed comes again. */
  noteUncheckpointed(): void {
    const { stream, id } = this.#shard;
    if (this.#handled === undefined) return;
    this.#options.uncheckpointed?.lost(stream.arn, id, positionOf(this.#handled), this.#records);
  }
}

/** Of a record, its position only: a record that is kept keeps its data. */
function positionOf({ sequenceNumber, subSequenceNumber }: Position): Position {
  return { sequenceNumber, subSequenceNumber };
}
