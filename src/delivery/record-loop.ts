import { setImmediate as nextTurn } from 'node:timers/promises';
import { Attempt } from './attempt.js';
import type { AttemptOptions } from './delivery-options.js';
import { FailedAttempts } from './failed-attempts.js';
import type { Checkpoint } from './position.js';
import type { KinesisRecord } from './record-handler.js';
import type { RecordList } from './record-list.js';
import type { Shard } from './shard.js';
import type { FirstFailure, ShardHandler } from './shard-handler.js';
import { TimeLimit } from './time-limit.js';

/** How long a shard may keep the event loop from the others, in ms. */
const TURN_MS = 8;

export interface LoopProgress {
  /** So many records more are handled, up to this one. */
  handled(last: KinesisRecord, records: number, now: number): void;
  /** Called now and then, also while nothing fails. */
  turn(now: number): void;
}

/** Nothing if all were handled; `certain` if the handler named the record. */
type Outcome = (FirstFailure & { readonly certain: boolean }) | undefined;

/** Hands records to the handler, in order, each when the one before is handled. */
export class RecordLoop {
  readonly #shard: Shard;
  readonly #handler: ShardHandler;
  readonly #progress: LoopProgress;
  readonly #limit: TimeLimit;
  readonly #failed: FailedAttempts;
  #attempt: Attempt | undefined;

  constructor(shard: Shard, handler: ShardHandler, options: AttemptOptions, progress: LoopProgress) {
    this.#shard = shard;
    this.#handler = handler;
    this.#progress = progress;
    this.#limit = new TimeLimit(options.handlerTimeoutMs);
    this.#failed = new FailedAttempts(shard, options);
    shard.over.addEventListener('abort', () => this.#attempt?.abort(shard.over.reason), { once: true });
  }

  /**
   * @returns how many records were left to the next worker
   * @throws HandlerError if a record stops the worker
   */
  async run(records: RecordList, millisBehindLatest: number | undefined, own: Checkpoint): Promise<number> {
    try {
      return await this.#run(records, millisBehindLatest, own);
    } finally {
      this.#limit.rest();
    }
  }

  /** What it does for a record whose handler does not wait is the price of every record: no promise, one clock. */
  async #run(records: RecordList, millisBehindLatest: number | undefined, own: Checkpoint): Promise<number> {
    const shard = this.#shard;
    const failed = this.#failed;
    let turnBegan = performance.now();
    let began = turnBegan;
    let next = 0;
    failed.begin();
    for (let first = records.at(0); first !== undefined; first = records.at(next)) {
      if (shard.state !== 'delivering') {
        failed.reportLeft(first, records.length - next);
        return records.length - next;
      }
      const size = failed.size(next, this.#handler.batchSize);
      const batch = size === 1 ? [first] : records.slice(next, next + size);
      const end = next + batch.length;
      const attempt = new Attempt(shard, first, failed.count + 1, millisBehindLatest);
      const outcome = this.#try(batch, attempt, own, began);
      const failure = outcome instanceof Promise ? await outcome : outcome;
      let now = performance.now();
      shard.observer.attempt((now - began) / 1000);
      const upTo = failure ? next + failure.index : end;
      const handled = (this.#handler.behindStored?.(records, upTo) ?? upTo) - next;
      if (handled > 0) {
        next += handled;
        shard.observer.handled(handled);
        this.#handled(handled === 1 ? first : (records.at(next - 1) as KinesisRecord), handled, now);
      }
      if (failure !== undefined) {
        const { error, certain } = failure;
        const record = next < end ? records.at(next) : undefined;
        if ((await failed.follow({ error, certain, batch, record, end })) && record !== undefined) {
          next++;
          this.#handler.skipped?.(record);
          this.#handled(record, 1, performance.now());
        }
        now = performance.now();
      }
      this.#progress.turn(now);
      if (now - turnBegan > TURN_MS) {
        await nextTurn();
        turnBegan = performance.now();
        now = turnBegan;
      }
      began = now;
    }
    return 0;
  }

  #handled(last: KinesisRecord, records: number, now: number): void {
    this.#failed.handled();
    this.#progress.handled(last, records, now);
  }

  #try(
    batch: readonly KinesisRecord[],
    attempt: Attempt,
    own: Checkpoint,
    began: number,
  ): Outcome | Promise<Outcome> {
    this.#attempt = attempt;
    this.#shard.watch.at('handling', batch[0] as KinesisRecord, attempt.attempt);
    try {
      const work = this.#handler.handle(batch, attempt, own);
      if (work !== undefined) return this.#settled(work, attempt, began);
    } catch (error) {
      this.#attempt = undefined;
      return { index: 0, error, certain: false };
    }
    this.#attempt = undefined;
    return undefined;
  }

  async #settled(work: Promise<FirstFailure | undefined>, attempt: Attempt, began: number): Promise<Outcome> {
    try {
      const failure = await this.#limit.wait(work, began, (reason) => attempt.abort(reason));
      return failure && { ...failure, certain: true };
    } catch (error) {
      return { index: 0, error, certain: false };
    } finally {
      this.#attempt = undefined;
    }
  }
}
