import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Backoff } from './backoff.js';
import type { ShardObserver } from './observer.js';
import { type Checkpoint, CheckpointError, type Position } from './position.js';

export interface CheckpointOptions {
  /** How long handled records may be without a checkpoint, in ms; 0 for until the end of their batch. */
  checkpointIntervalMs: number;
  /** How many may be. */
  checkpointRecords: number;
}

export interface CheckpointDependencies {
  readonly logger: Logger;
  readonly observer: ShardObserver;
  /** Aborted when nothing more of the shard counts here: trying again is no use then. */
  readonly over: AbortSignal;
  /** Called for each checkpoint that is stored, with how many records more it covers; without a position: the shard's end. */
  onStored(position: Position | undefined, records: number): void;
  /** The lease is lost, so that the next checkpoint is another worker's to make. */
  onLeaseLost(): void;
}

/** Between attempts of one that failed, in ms. */
const RETRY = { delayMs: 200, maxDelayMs: 10_000, jitter: 'full' } as const;
/** Between attempts of one that must not be missed, in ms: about 6 s together. */
const FINAL_WAITS_MS = [100, 200, 400, 800, 1600, 3200];

/**
 * One shard's checkpoints: always of the newest record that is handled with all before it, one at a time, and beside
 * the handling of the next records. One that fails is made again later, at the position that is the newest by then.
 */
export class Checkpoints {
  /** How they are stored; each message of KCL brings a way of its own. */
  store: Checkpoint = () => Promise.reject(new CheckpointError('TooEarly', 'the shard is not initialized'));
  millisBehindLatest: number | undefined;
  readonly #options: CheckpointOptions;
  readonly #dependencies: CheckpointDependencies;
  readonly #backoff = new Backoff(RETRY);
  #handled: Position | undefined;
  #records = 0;
  #underWay: Promise<void> | undefined;
  /** By the monotonic clock: the wall clock may be set back. */
  #lastAt = performance.now();
  #retryAt = 0;

  constructor(options: CheckpointOptions, dependencies: CheckpointDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** How many handled records are not checkpointed. */
  get records(): number {
    return this.#records;
  }

  /** The same, with the last of them, for the log; undefined if there are none. */
  get uncheckpointed(): (Position & { readonly uncheckpointed: number }) | undefined {
    if (this.#handled === undefined) return undefined;
    const { sequenceNumber, subSequenceNumber } = this.#handled;
    return { uncheckpointed: this.#records, sequenceNumber, subSequenceNumber };
  }

  /** Everything up to this position is handled: so many records more than before. */
  handled(position: Position, records: number): void {
    this.#handled = position;
    this.#records += records;
  }

  /** Begins one, if it is time and none is under way. */
  startIfDue(now: number, endOfBatch: boolean): void {
    if (this.#underWay !== undefined || this.#handled === undefined || now < this.#retryAt) return;
    const { checkpointIntervalMs, checkpointRecords } = this.#options;
    const atIntervals = checkpointIntervalMs > 0 || endOfBatch;
    const inTime = atIntervals && now - this.#lastAt >= checkpointIntervalMs;
    if (!inTime && this.#records < checkpointRecords) return;
    if (this.#dependencies.over.aborted) return;
    this.#underWay = this.#tryOnce().finally(() => {
      this.#underWay = undefined;
    });
  }

  /** Until none is under way; it does not throw. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  /**
   * Checkpoints what is handled, in several attempts.
   *
   * @returns nothing if it is stored; the refusal if the lease is lost
   * @throws the last attempt's error
   */
  makeFinal(): Promise<CheckpointError | undefined> {
    return this.#untilStored(() => this.#make());
  }

  /**
   * Makes one at a position that a record processor chose, or at the shard's end; else as makeFinal().
   *
   * @param limited whether it is given up after the last of the waits; else it continues with that wait
   */
  makeAt(
    position: Position | undefined,
    limited: () => boolean = () => true,
  ): Promise<CheckpointError | undefined> {
    return this.#untilStored(() => this.#store(position), limited);
  }

  async #untilStored(
    attempt: () => Promise<void>,
    limited = () => true,
  ): Promise<CheckpointError | undefined> {
    const { logger, over } = this.#dependencies;
    for (let attempts = 0; ; attempts++) {
      try {
        await attempt();
        return undefined;
      } catch (error) {
        if (this.#isLeaseLost(error)) return error;
        const invalid = error instanceof CheckpointError && error.invalid;
        const wait = FINAL_WAITS_MS[attempts] ?? (limited() ? undefined : FINAL_WAITS_MS.at(-1));
        if (wait === undefined || invalid || over.aborted) throw error;
        logger.warn({ err: error, retryInMs: wait }, 'checkpoint failed, trying again');
        await sleep(wait);
      }
    }
  }

  /** One attempt; what it throws is logged, and the position stays for the next. */
  async #tryOnce(): Promise<void> {
    try {
      await this.#make();
    } catch (error) {
      if (this.#isLeaseLost(error)) return;
      const retryInMs = this.#backoff.next();
      this.#retryAt = performance.now() + retryInMs;
      this.#dependencies.logger.warn({ err: error, retryInMs }, 'checkpoint failed');
    }
  }

  #isLeaseLost(error: unknown): error is CheckpointError {
    if (!(error instanceof CheckpointError && error.leaseLost)) return false;
    // The next worker starts at the last checkpoint: records come again, none is lost.
    this.#dependencies.logger.warn(
      { err: error, ...this.uncheckpointed },
      'checkpoint refused: the lease is lost',
    );
    this.#dependencies.onLeaseLost();
    return true;
  }

  /** @throws CheckpointError */
  async #make(): Promise<void> {
    const position = this.#handled;
    if (position === undefined) return;
    const records = this.#records;
    const { sequenceNumber, subSequenceNumber } = position;
    await this.#store({ sequenceNumber, subSequenceNumber }, records);
    if (this.#handled === position) this.#handled = undefined;
    this.#records -= records;
    this.#lastAt = performance.now();
    this.#retryAt = 0;
    this.#backoff.reset();
    this.#dependencies.logger.info(
      { sequenceNumber, subSequenceNumber, records, millisBehindLatest: this.millisBehindLatest },
      'checkpointed',
    );
  }

  async #store(position: Position | undefined, records = 0): Promise<void> {
    const { observer, onStored } = this.#dependencies;
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    try {
      await this.store(position);
    } catch (error) {
      observer.checkpointFailed(error, seconds());
      throw error;
    }
    observer.checkpointStored(seconds());
    onStored(position, records);
    if (position !== undefined) return;
    // The end covers all.
    this.#handled = undefined;
    this.#records = 0;
  }
}
