import type { Logger } from 'pino';
import type { StreamArn } from '../aws/arn.js';
import { DaemonError, HandlerError } from '../errors/errors.js';
import { Checkpoints } from './checkpoints.js';
import type { DeliveryOptions } from './delivery-options.js';
import { failureReason, reasonOf } from './failed-record.js';

import { type ShardLeft, type ShardObserver, UNOBSERVED } from './observer.js';
import { type Checkpoint, CheckpointError, type Position } from './position.js';
import type { KinesisRecord } from './record-handler.js';
import type { RecordList } from './record-list.js';
import { RecordLoop } from './record-loop.js';
import { RetentionWatch } from './retention-watch.js';
import type { ShardHandler } from './shard-handler.js';
import { StallWatch } from './stall-watch.js';
import { HandlerHangs, within } from './time-limit.js';
import { comeAgain } from './uncheckpointed-records.js';

/**
 * Hands one shard's records to the handler, in order, and checkpoints what is finished. It knows nothing of the
 * transport that brings the records.
 */
export class ShardDelivery {
  readonly #options: DeliveryOptions;
  readonly #handler: ShardHandler;
  readonly #stream: StreamArn;
  readonly #shard: string;
  readonly #logger: Logger;
  readonly #checkpoints: Checkpoints;
  readonly #watch: StallWatch;
  readonly #retention: RetentionWatch;
  readonly #observer: ShardObserver;
  readonly #loop: RecordLoop;
  readonly #over = new AbortController();
  readonly #leaving = new AbortController();
  /** Records were left to the next worker: from then on this shard's end must not be checkpointed. */
  #leftRecords = false;
  /** Why the lease is going to be left, if it is known beforehand. */
  #leavingBecause: ShardLeft | undefined;

  constructor(options: DeliveryOptions, stream: StreamArn, shard: string) {
    this.#options = options;
    this.#handler = options.handler();
    this.#stream = stream;
    this.#shard = shard;
    this.#logger = options.logger.child({ stream: stream.arn, shard });
    this.#watch = new StallWatch(options.stallWarningMs, options.emptyBatches, this.#logger, () =>
      Boolean(options.isUnread?.(stream.arn, shard)),
    );
    this.#retention = new RetentionWatch(options.retention?.get(stream.arn), this.#logger);
    this.#observer = (options.observer ?? UNOBSERVED).shardTaken(stream, shard);
    this.#checkpoints = new Checkpoints(options, {
      logger: this.#logger,
      observer: this.#observer,
      over: this.#over.signal,
      onStored: (position, records) => options.uncheckpointed?.stored(stream.arn, shard, position, records),
      onLeaseLost: () => {
        this.abandon('lease lost');
        this.#noteUncheckpointed();
      },
    });
    this.#loop = new RecordLoop({
      options,
      handler: this.#handler,
      facts: { stream, shard, logger: this.#logger },
      watch: this.#watch,
      observer: this.#observer,
      over: this.#over.signal,
      leaving: this.#leaving.signal,
      onHandled: (last, records, now) => this.#onHandled(last, records, now),
      onTurn: (now) => this.#checkpoints.startIfDue(now, false),
    });
    const { stopping } = options;
    const leave = () => this.leave('worker stopping');
    if (stopping?.signal.aborted) leave();
    stopping?.signal.addEventListener('abort', leave, { signal: this.#over.signal });
  }

  /** @throws HandlerError if the record processor's `initialize` failed */
  async initialize(from: Position): Promise<void> {
    const start = { ...from, streamArn: this.#stream.arn, shardId: this.#shard };
    await this.#call('initialize', this.#handler.lifecycle?.initialize(start));
    this.#logger.info({ from: from.sequenceNumber }, 'shard taken');
  }

  /**
   * Resolves when every record is handled and no checkpoint is under way. When the worker is stopping or the lease goes
   * to another, the rest of the batch is left: it is not checkpointed, so the next worker gets it.
   *
   * @throws HandlerError if a record stops the worker; what was finished before is checkpointed
   */
  async deliver(
    records: RecordList,
    millisBehindLatest: number | undefined,
    store: Checkpoint,
  ): Promise<void> {
    this.#checkpoints.store = store;
    this.#checkpoints.millisBehindLatest = millisBehindLatest;
    this.#watch.heard(millisBehindLatest);
    this.#retention.heard(records, millisBehindLatest);
    this.#observer.batch(records, millisBehindLatest);
    try {
      // A processor waits until its checkpoint is stored, unless the shard is to be left.
      const own = this.#ownCheckpoint(() => this.#leaving.signal.aborted);
      const left = await this.#loop.run(records, millisBehindLatest, own);
      if (left > 0) this.#leftRecords = true;
      await this.#checkpoints.settled();
      this.#checkpoints.startIfDue(performance.now(), true);
      await this.#checkpoints.settled();
    } catch (error) {
      this.#leftRecords = true;
      await this.#checkpoints.settled();
      if (!this.#over.signal.aborted) await this.#checkpointBefore(error);
      // The lease may have been lost meanwhile, and with it the failure's meaning; not that of a handler that hangs.
      const hangs = error instanceof HandlerError && error.cause instanceof HandlerHangs;
      if (hangs || !this.#over.signal.aborted) throw error;
      this.#logger.warn({ err: error }, 'the lease was lost before this failure');
    } finally {
      this.#watch.waiting();
    }
  }

  /**
   * Everything that was delivered is handled by now, so the shard's end can be checkpointed; unless records were left,
   * which would be lost.
   */
  async shardEnded(store: Checkpoint): Promise<void> {
    this.#checkpoints.store = store;
    const { lifecycle } = this.#handler;
    if (lifecycle !== undefined) {
      await this.#call('shardEnded', lifecycle.shardEnded(this.#ownCheckpoint(), this.#leftRecords));
    } else if (this.#leftRecords) {
      await this.#last(this.#checkpoints.makeFinal());
    } else {
      const { records } = this.#checkpoints;
      const stored = await this.#last(this.#checkpoints.makeAt(undefined));
      if (stored) this.#logger.info({ records }, 'shard ended, checkpointed');
    }
    if (this.#leftRecords) {
      this.#logger.warn("the shard's end is not checkpointed: the stop left records of it");
    }
    this.abandon('shard ended');
  }

  async shutdownRequested(store: Checkpoint): Promise<void> {
    this.#checkpoints.store = store;
    this.leave('handed over');
    const { lifecycle } = this.#handler;
    if (lifecycle === undefined) await this.#last(this.#checkpoints.makeFinal());
    else await this.#call('shutdownRequested', lifecycle.shutdownRequested(this.#ownCheckpoint()));
  }

  /**
   * The lease is another worker's, which handles again what is not checkpointed.
   *
   * @throws DaemonError if the worker stops, and handled records could not be checkpointed before
   */
  async leaseLost(): Promise<void> {
    this.abandon('lease lost');
    await this.#call('leaseLost', this.#handler.lifecycle?.leaseLost());
    if (this.#checkpoints.uncheckpointed === undefined) return;
    this.#noteUncheckpointed();
    if (this.#options.stopping?.signal.aborted) throw this.#notStored('its lease is lost');
    this.#warnOfUncheckpointed('lease lost');
  }

  /** Nothing more comes, although the shard was not left. */
  disconnected(): void {
    if (!this.#over.signal.aborted) this.#warnOfUncheckpointed('nothing more comes from KCL');
    this.abandon('disconnected');
  }

  #warnOfUncheckpointed(why: string): void {
    const { uncheckpointed, records } = this.#checkpoints;
    if (uncheckpointed) this.#logger.warn(uncheckpointed, `${why}: ${comeAgain(records)}`);
  }

  #noteUncheckpointed(): void {
    const { uncheckpointed: last, records } = this.#checkpoints;
    if (last) this.#options.uncheckpointed?.lost(this.#stream.arn, this.#shard, last, records);
  }

  /** Finishes the record at hand, and takes no other: the worker stops, or the lease is about to go to another. */
  leave(reason: 'handed over' | 'worker stopping'): void {
    this.#leavingBecause ??= reason;
    this.#leaving.abort();
  }

  /** Nothing more of this shard counts here: the lease is gone, or the connection is. */
  abandon(reason: ShardLeft): void {
    if (!this.#over.signal.aborted) this.#observer.left(this.#leavingBecause ?? reason);
    this.#over.abort();
    this.#leaving.abort();
    this.#loop.abort(new Error('the lease of the shard is lost, or the connection to KCL'));
    this.#watch.close();
  }

  #onHandled(last: KinesisRecord, records: number, now: number): void {
    this.#watch.progress(now);
    for (let record = 0; record < records; record++) this.#options.onHandled?.();
    if (this.#handler.lifecycle === undefined) this.#checkpoints.handled(last, records);
  }

  /** A checkpoint that a record processor makes itself: with the same attempts, and the same meaning of a lost lease. */
  #ownCheckpoint(limited?: () => boolean): Checkpoint {
    return async (position) => {
      const refusal = await this.#checkpoints.makeAt(position, limited);
      if (refusal !== undefined) throw refusal;
    };
  }

  /** What was handled before a failure must not come again because a single call failed; the failure is what counts. */
  async #checkpointBefore(failure: unknown): Promise<void> {
    try {
      await this.#checkpoints.makeFinal();
    } catch (err) {
      const { records } = this.#checkpoints;
      this.#logger.error(
        { err, failure: reasonOf(failure), records },
        'the checkpoint before the failure could not be stored',
      );
    }
  }

  /** @returns whether this last checkpoint is stored; else the lease is lost */
  async #last(checkpoint: Promise<CheckpointError | undefined>): Promise<boolean> {
    const refusal = await checkpoint.catch((error: unknown) => {
      throw this.#notStored(error);
    });
    if (refusal === undefined) return true;
    // A lease may be lost at any time; but a stop that loses the last checkpoint must not look like one that does not.
    // KCL says the same when it could not renew the lease, as when DynamoDB is down.
    if (this.#options.stopping?.signal.aborted) throw this.#notStored(refusal);
    return false;
  }

  /** A method of the record processor. */
  async #call(method: string, work: Promise<void> | undefined): Promise<void> {
    if (work === undefined) return;
    try {
      await within(this.#options.handlerTimeoutMs, work);
    } catch (cause) {
      // As #insist does, for a processor that passes the refusal of its checkpoint on, or makes its own of it.
      const lost = this.#over.signal.aborted && method !== 'leaseLost';
      if (lost && !this.#options.stopping?.signal.aborted) {
        this.#logger.warn(
          { err: cause },
          `the lease was lost before the record processor's ${method} failed`,
        );
        return;
      }
      if (lost || cause instanceof CheckpointError) throw this.#notStored(cause);
      throw new HandlerError(
        `the record processor's ${method} failed for ${this.#shard}, ${this.#stream.arn}: ${reasonOf(cause)}`,
        { cause },
      );
    }
  }

  #notStored(cause: unknown): DaemonError {
    const { message: reason } = failureReason(cause);
    const { records } = this.#checkpoints;
    const again = records > 0 ? ` (${comeAgain(records)})` : '';
    return new DaemonError(
      `the last checkpoint of ${this.#shard}, ${this.#stream.arn}${again}, could not be stored: ${reason}`,
      { hint: 'Records since the checkpoint before that come again.', cause },
    );
  }
}
