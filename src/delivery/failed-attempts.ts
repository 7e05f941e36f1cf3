import { Backoff, wait } from './backoff.js';
import type { AttemptOptions } from './delivery-options.js';
import { disposeOf, type FailedRecord, workerStopsAt } from './failed-record.js';
import type { KinesisRecord } from './record-handler.js';
import type { Shard } from './shard.js';
import { HandlerHangs } from './time-limit.js';

/** How long a record may still be on its way to the on-failure queue once the shard is to be left, in ms. */
const SEND_GRACE_MS = 5_000;

/** An attempt that failed, at records of which the first may be known. */
export interface FailedAttempt {
  readonly error: unknown;
  /** Whether it is known that the first record that is not handled is the one that failed. */
  readonly certain: boolean;
  /** All that were handed over. */
  readonly batch: readonly KinesisRecord[];
  /** The first of them that is not handled; undefined if all are: none is tried again. */
  readonly record: KinesisRecord | undefined;
  /** Where the batch ends. */
  readonly end: number;
}

/** What follows attempts that failed: another one, with fewer records, or what onFailure says. */
export class FailedAttempts {
  readonly #shard: Shard;
  readonly #options: AttemptOptions;
  readonly #backoff: Backoff;
  #count = 0;
  /** Of a batch that failed as a whole nobody knows which record it is: it is halved, until that record is alone. */
  #suspectUntil = 0;

  constructor(shard: Shard, options: AttemptOptions) {
    this.#shard = shard;
    this.#options = options;
    const { retryDelayMs: delayMs, retryMaxDelayMs: maxDelayMs } = options;
    this.#backoff = new Backoff({ delayMs, maxDelayMs, jitter: 'equal' });
  }

  /** How many have failed at the record at hand. */
  get count(): number {
    return this.#count;
  }

  /** How many records to hand over at once, of those from `next` on. */
  size(next: number, batchSize: number): number {
    if (next >= this.#suspectUntil) return batchSize;
    const alone = this.#count > 0 && this.#count + 1 >= this.#options.maxAttempts;
    return alone ? 1 : Math.ceil((this.#suspectUntil - next) / 2);
  }

  /** Records are handled: what comes next has not failed yet. */
  handled(): void {
    this.#count = 0;
    this.#backoff.reset();
  }

  /** Another batch of KCL comes. */
  begin(): void {
    this.#count = 0;
    this.#suspectUntil = 0;
  }

  /**
   * Waits for the next attempt, or ends the record's attempts.
   *
   * @returns whether the record is skipped or sent on: it counts as handled
   * @throws HandlerError if the worker must stop
   */
  async follow({ error, certain, batch, record, end }: FailedAttempt): Promise<boolean> {
    const { observer, over, stream, id: shard } = this.#shard;
    this.#count++;
    observer.attemptFailed(error);
    const last = batch.at(-1) as KinesisRecord;
    const failed: FailedRecord = { stream, shard, record: record ?? last, error, attempts: this.#count };
    if (error instanceof HandlerHangs) {
      observer.exhausted('stopped');
      throw workerStopsAt(failed);
    }
    this.#suspectUntil = certain ? 0 : end;
    if (record === undefined) {
      this.#count = 0;
      this.#reportNothingLeft(batch[0] as KinesisRecord, failed);
    } else if (!over.aborted) {
      const alone = certain || batch.length === 1;
      if (alone && this.#count >= this.#options.maxAttempts) return this.#exhausted(failed);
      await this.#waitForNext(failed);
    }
    return false;
  }

  /** The shard is left before this record. */
  reportLeft({ sequenceNumber }: KinesisRecord, records: number): void {
    const { logger } = this.#shard;
    const attempts = this.#count;
    if (attempts > 0) {
      logger.warn({ sequenceNumber, attempts }, 'a record that was begun is left unfinished: it comes again');
    }
    logger.debug({ records, from: sequenceNumber }, 'the rest of the batch is left: it comes again');
  }

  #reportNothingLeft(first: KinesisRecord, { record: last, error: err }: FailedRecord): void {
    this.#shard.logger.error(
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
  async #exhausted(failed: FailedRecord): Promise<boolean> {
    const { onFailure, logLost } = this.#options;
    const { watch, observer, over, leaving, logger } = this.#shard;
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
      await disposeOf(failed, onFailure, logger, sending.signal);
      // The line that would be the record's only trace is lost, and the worker stops for it: no other record may pass it.
      if (onFailure === 'skip' && logLost?.aborted) {
        this.#shard.move('unfinished');
        return false;
      }
      observer.exhausted(onFailure === 'skip' ? 'skipped' : 'sent');
      return true;
    } catch (error) {
      if (sending.signal.aborted) return false;
      observer.exhausted('stopped');
      throw error;
    } finally {
      clearTimeout(timer);
      end.abort();
    }
  }

  async #waitForNext({ record, error: err, attempts: attempt }: FailedRecord): Promise<void> {
    const { logger, watch, leaving, observer } = this.#shard;
    const { sequenceNumber, subSequenceNumber } = record;
    const retryInMs = this.#backoff.next();
    logger.warn(
      { err, sequenceNumber, subSequenceNumber, attempt, retryInMs },
      'the record handler failed, trying again',
    );
    watch.at('retrying', record, attempt);
    await wait(retryInMs, leaving);
    if (!leaving.aborted) observer.retrying();
  }
}
