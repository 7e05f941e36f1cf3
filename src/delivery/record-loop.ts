import { setImmediate as nextTurn } from 'node:timers/promises';
import { Attempt, type ShardFacts } from './attempt.js';
import { Backoff, wait } from './backoff.js';
import type { AttemptOptions } from './delivery-options.js';
import { disposeOf, type FailedRecord, workerStopsAt } from './failed-record.js';

import type { ShardObserver } from './observer.js';
import { type Checkpoint, isAfter } from './position.js';
import type { KinesisRecord } from './record-handler.js';
import type { RecordList } from './record-list.js';
import type { FirstFailure, ShardHandler } from './shard-handler.js';
import type { StallWatch } from './stall-watch.js';
import { HandlerHangs, TimeLimit } from './time-limit.js';

/** How long a shard may keep the event loop from the others, in ms. */
const TURN_MS = 8;

/** How long a record may still be on its way to the on-failure queue once the shard is to be left, in ms. */
const SEND_GRACE_MS = 5_000;

export interface LoopSurroundings {
  readonly options: AttemptOptions;
  readonly handler: ShardHandler;
  readonly facts: ShardFacts;
  readonly watch: StallWatch;
  readonly observer: ShardObserver;
  /** Aborted when nothing more of the shard counts here. */
  readonly over: AbortSignal;
  /** Aborted when the rest is another worker's: the record at hand is the last. */
  readonly leaving: AbortSignal;
  /** So many records more are handled, up to this one. */
  onHandled(last: KinesisRecord, records: number, now: number): void;
  /** Called now and then, also while nothing fails. */
  onTurn(now: number): void;
}

/** Nothing if all were handled; `certain` if the handler named the record. */
type Outcome = (FirstFailure & { readonly certain: boolean }) | undefined;

/** Hands records to the handler, in order: attempts, and what becomes of a record after the last one. */
export class RecordLoop {
  readonly #around: LoopSurroundings;
  readonly #backoff: Backoff;
  readonly #limit: TimeLimit;
  #attempt: Attempt | undefined;
  /** As the signal says: it is looked at for every record, and a signal takes its time to answer. */
  #leaving: boolean;

  constructor(around: LoopSurroundings) {
    this.#around = around;
    const { retryDelayMs: delayMs, retryMaxDelayMs: maxDelayMs, handlerTimeoutMs } = around.options;
    this.#backoff = new Backoff({ delayMs, maxDelayMs, jitter: 'equal' });
    this.#limit = new TimeLimit(handlerTimeoutMs);
    const { leaving } = around;
    this.#leaving = leaving.aborted;
    const leave = () => {
      this.#leaving = true;
    };
    leaving.addEventListener('abort', leave, { once: true });
  }

  /** Aborts the signal of the attempt that runs. */
  abort(reason: Error): void {
    this.#attempt?.abort(reason);
  }

  /**
   * @returns how many records were left to the next worker
   * @throws HandlerError if a record stops the worker
   */
  async run(
    records: RecordList,
    millisBehindLatest: number | undefined,
    checkpoint: Checkpoint,
  ): Promise<number> {
    try {
      return await this.#run(records, millisBehindLatest, checkpoint);
    } finally {
      this.#limit.rest();
    }
  }

  /** What it does for a record whose handler does not wait is the price of every record: no promise, one clock. */
  async #run(
    records: RecordList,
    millisBehindLatest: number | undefined,
    checkpoint: Checkpoint,
  ): Promise<number> {
    const { handler, over, options, facts, observer } = this.#around;
    let turnBegan = performance.now();
    let began = turnBegan;
    let attempts = 0;
    let next = 0;
    // Of a batch that failed as a whole nobody knows which record it is: it is halved, until that record is alone.
    let suspectUntil = 0;
    const sizeNow = () => {
      if (next >= suspectUntil) return handler.batchSize;
      const alone = attempts > 0 && attempts + 1 >= options.maxAttempts;
      return alone ? 1 : Math.ceil((suspectUntil - next) / 2);
    };
    const done = (last: KinesisRecord, count: number, now: number) => {
      next += count;
      attempts = 0;
      this.#backoff.reset();
      this.#around.onHandled(last, count, now);
    };
    for (let first = records.at(0); first !== undefined; first = records.at(next)) {
      if (this.#leaving) return this.#leave(first, records.length - next, attempts);
      const size = sizeNow();
      const batch = size === 1 ? [first] : records.slice(next, next + size);
      const end = next + batch.length;
      const context = new Attempt(facts, first, attempts + 1, millisBehindLatest);
      const outcome = this.#try(batch, context, checkpoint, began);
      const failure = outcome instanceof Promise ? await outcome : outcome;
      let now = performance.now();
      observer.attempt((now - began) / 1000);
      const handled = this.#behindStored(records, failure ? next + failure.index : end) - next;
      if (handled > 0) {
        observer.handled(handled);
        done(handled === 1 ? first : (records.at(next + handled - 1) as KinesisRecord), handled, now);
      }
      if (failure !== undefined) {
        attempts++;
        observer.attemptFailed(failure.error);
        const nothingLeft = next >= end;
        const record = (nothingLeft ? batch.at(-1) : records.at(next)) as KinesisRecord;
        const failed = { ...facts, record, error: failure.error, attempts };
        if (failure.error instanceof HandlerHangs) {
          observer.givenUp('stopped');
          throw workerStopsAt(failed);
        }
        const certain = failure.certain || batch.length === 1;
        suspectUntil = failure.certain ? 0 : end;
        if (nothingLeft) {
          attempts = 0;
          this.#reportNothingLeft(first, failed);
        } else if (over.aborted) {
          return this.#leave(record, records.length - next, attempts);
        } else if (certain && attempts >= options.maxAttempts) {
          if (!(await this.#giveUp(failed))) return this.#leave(record, records.length - next, attempts);
          handler.passed?.(record);
          done(record, 1, performance.now());
        } else {
          await this.#waitForNext(record, failure.error, attempts);
        }
        now = performance.now();
      }
      this.#around.onTurn(now);
      if (now - turnBegan > TURN_MS) {
        await nextTurn();
        turnBegan = performance.now();
        now = turnBegan;
      }
      began = now;
    }
    return 0;
  }

  #try(
    batch: readonly KinesisRecord[],
    context: Attempt,
    checkpoint: Checkpoint,
    began: number,
  ): Outcome | Promise<Outcome> {
    const { handler, watch } = this.#around;
    this.#attempt = context;
    watch.at('handling', batch[0] as KinesisRecord, context.attempt);
    let work: ReturnType<ShardHandler['handle']>;
    try {
      work = handler.handle(batch, context, checkpoint);
    } catch (error) {
      this.#attempt = undefined;
      return uncertain(error);
    }
    if (work !== undefined) return this.#settled(work, context, began);
    this.#attempt = undefined;
    return undefined;
  }

  async #settled(work: Promise<FirstFailure | undefined>, context: Attempt, began: number): Promise<Outcome> {
    try {
      const failure = await this.#limit.wait(work, began, (reason) => context.abort(reason));
      return failure && { ...failure, certain: true };
    } catch (error) {
      return uncertain(error);
    } finally {
      this.#attempt = undefined;
    }
  }

  /** Where to continue, from this index on: behind what the handler has checkpointed itself, as no checkpoint goes back. */
  #behindStored(records: RecordList, from: number): number {
    const { stored } = this.#around.handler;
    let next = from;
    if (stored === undefined) return next;
    for (let record = records.at(next); record && !isAfter(record, stored); record = records.at(next)) next++;
    return next;
  }

  #reportNothingLeft(first: KinesisRecord, { record: last, error: err }: FailedRecord): void {
    this.#around.facts.logger.error(
      {
        err,
        from: first.sequenceNumber,
        to: last.sequenceNumber,
        toSubSequenceNumber: last.subSequenceNumber,
      },
      'the record processor failed after it had checkpointed all records that it was given: none is tried again',
    );
  }

  /**
   * @returns false if the shard must be left before the record is sent: the next worker tries it again
   * @throws HandlerError if the worker must stop
   */
  async #giveUp(failed: FailedRecord): Promise<boolean> {
    const { options, facts, watch, observer, over, leaving } = this.#around;
    const sending = new AbortController();
    const end = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const abort = () => sending.abort(new Error('the shard is left'));
    const abortSoon = () => {
      timer = setTimeout(abort, SEND_GRACE_MS);
    };
    over.addEventListener('abort', abort, { signal: end.signal });
    leaving.addEventListener('abort', abortSoon, { signal: end.signal });
    if (leaving.aborted) abortSoon();
    if (over.aborted) abort();
    watch.at('giving up', failed.record, failed.attempts);
    try {
      await disposeOf(failed, options.onFailure, facts.logger, sending.signal);
      // The worker stops, and the line that would be the record's only trace is lost.
      if (options.onFailure === 'skip' && options.logLost?.aborted) return false;
      observer.givenUp(options.onFailure === 'skip' ? 'skipped' : 'sent');
      return true;
    } catch (error) {
      if (sending.signal.aborted) return false;
      observer.givenUp('stopped');
      throw error;
    } finally {
      clearTimeout(timer);
      end.abort();
    }
  }

  async #waitForNext(record: KinesisRecord, err: unknown, attempt: number): Promise<void> {
    const { sequenceNumber, subSequenceNumber } = record;
    const retryInMs = this.#backoff.next();
    this.#around.facts.logger.warn(
      { err, sequenceNumber, subSequenceNumber, attempt, retryInMs },
      'the record handler failed, trying again',
    );
    this.#around.watch.at('retrying', record, attempt);
    await wait(retryInMs, this.#around.leaving);
    if (!this.#around.leaving.aborted) this.#around.observer.retrying();
  }

  #leave({ sequenceNumber }: KinesisRecord, records: number, attempts: number): number {
    const { logger } = this.#around.facts;
    if (attempts > 0) {
      logger.warn({ sequenceNumber, attempts }, 'a record that was begun is left unfinished: it comes again');
    }
    logger.debug({ records, from: sequenceNumber }, 'the rest of the batch is left: it comes again');
    return records;
  }
}

/** Of a batch that failed as a whole nobody knows which record it is. */
function uncertain(error: unknown): Outcome {
  return { index: 0, error, certain: false };
}
