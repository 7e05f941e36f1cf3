import type { Logger } from 'pino';
import { Backoff } from './backoff.js';
import { type Checkpoint, CheckpointError, type Position } from './position.js';

export interface CheckpointOptions {
  /** How long handled records may be without a checkpoint, in ms; 0 for until the end of their batch. */
  checkpointIntervalMs: number;
  /** How many may be. */
  checkpointRecords: number;
}

/** Between attempts of one that failed, in ms. */
const RETRY = { delayMs: 200, maxDelayMs: 10_000 };

/**
 * One shard's checkpoints: always of the newest record that is handled with all before it, one at a time, and beside
 * the handling of the next records. One that fails is made again later, at the position that is the newest by then.
 */
export class Checkpoints {
  readonly #options: CheckpointOptions;
  readonly #logger: Logger;
  readonly #onLeaseLost: (error: CheckpointError) => void;
  readonly #backoff = new Backoff(RETRY);
  #finished: Position | undefined;
  #records = 0;
  #underWay: Promise<void> | undefined;
  /** By the monotonic clock: the wall clock may be set back. */
  #lastAt = performance.now();
  #retryAt = 0;
  millisBehindLatest: number | undefined;

  constructor(options: CheckpointOptions, logger: Logger, onLeaseLost: (error: CheckpointError) => void) {
    this.#options = options;
    this.#logger = logger;
    this.#onLeaseLost = onLeaseLost;
  }

  /** How many handled records are not checkpointed. */
  get records(): number {
    return this.#records;
  }

  /** Everything up to this position is handled: so many records more than before. */
  handled(position: Position, records: number): void {
    this.#finished = position;
    this.#records += records;
  }

  /** Begins one, if it is time and none is under way. */
  startIfDue(checkpoint: Checkpoint, now: number, endOfBatch: boolean): void {
    if (this.#underWay !== undefined || this.#finished === undefined || now < this.#retryAt) return;
    const { checkpointIntervalMs, checkpointRecords } = this.#options;
    const atIntervals = checkpointIntervalMs > 0 || endOfBatch;
    const inTime = atIntervals && now - this.#lastAt >= checkpointIntervalMs;
    if (!inTime && this.#records < checkpointRecords) return;
    this.#underWay = this.tryNow(checkpoint).finally(() => {
      this.#underWay = undefined;
    });
  }

  /** Until none is under way; it does not throw. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  /** One attempt; what it throws is logged, and the position stays for the next. */
  async tryNow(checkpoint: Checkpoint): Promise<void> {
    try {
      await this.make(checkpoint);
    } catch (error) {
      if (error instanceof CheckpointError && error.leaseLost) return this.#onLeaseLost(error);
      const retryInMs = this.#backoff.next();
      this.#retryAt = performance.now() + retryInMs;
      this.#logger.warn({ err: error, retryInMs }, 'checkpoint failed');
    }
  }

  /** @throws CheckpointError */
  async make(checkpoint: Checkpoint): Promise<void> {
    const position = this.#finished;
    if (position === undefined) return;
    const records = this.#records;
    const { sequenceNumber, subSequenceNumber } = position;
    await checkpoint({ sequenceNumber, subSequenceNumber });
    if (this.#finished === position) this.#finished = undefined;
    this.#records -= records;
    this.#lastAt = performance.now();
    this.#retryAt = 0;
    this.#backoff.reset();
    this.#logger.info(
      { sequenceNumber, subSequenceNumber, records, millisBehindLatest: this.millisBehindLatest },
      'checkpointed',
    );
  }
}
