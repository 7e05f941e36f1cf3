import type { StreamArn } from '../aws/arn.js';
import { Checkpoints } from './checkpoints.js';
import type { DeliveryOptions } from './delivery-options.js';
import { LastCheckpoints } from './last-checkpoints.js';
import { UNOBSERVED } from './observer.js';
import type { Checkpoint, Position } from './position.js';
import type { RecordList } from './record-list.js';
import { RecordLoop } from './record-loop.js';
import { RetentionWatch } from './retention-watch.js';
import { Shard, type ShardOver } from './shard.js';
import { ShardEvents } from './shard-events.js';
import { StallWatch } from './stall-watch.js';

/**
 * Hands one shard's records to the handler, in order, and checkpoints what is finished. It knows nothing of the
 * transport that brings the records. What is not a batch of records is in {@link ShardEvents}.
 */
export class ShardDelivery {
  readonly #shard: Shard;
  readonly #checkpoints: Checkpoints;
  readonly #last: LastCheckpoints;
  readonly #retention: RetentionWatch;
  readonly #loop: RecordLoop;
  readonly #events: ShardEvents;

  constructor(options: DeliveryOptions, stream: StreamArn, id: string) {
    const logger = options.logger.child({ stream: stream.arn, shard: id });
    const isUnread = () => Boolean(options.isUnread?.(stream.arn, id));
    const watch = new StallWatch(options.stallWarningMs, options.emptyBatches, logger, isUnread);
    const observer = (options.observer ?? UNOBSERVED).shardTaken(stream, id);
    const shard = new Shard(stream, id, logger, watch, observer);
    const handler = options.handler();
    const checkpoints = new Checkpoints(shard, options);
    const last = new LastCheckpoints(shard, checkpoints);
    const lifecycle = handler.lifecycle ?? last;
    this.#shard = shard;
    this.#checkpoints = checkpoints;
    this.#last = last;
    this.#retention = new RetentionWatch(options.retention?.get(stream.arn), logger);
    this.#events = new ShardEvents(shard, options, handler.lifecycle, checkpoints, last);
    this.#loop = new RecordLoop(shard, handler, options, {
      handled(last, records, now) {
        watch.progress(now);
        for (let record = 0; record < records; record++) options.onHandled?.();
        lifecycle.handled?.(last, records);
      },
      turn: (now) => checkpoints.startIfDue(now),
    });
    const { stopping } = options;
    const leave = () => this.leave('worker stopping');
    if (stopping?.signal.aborted) leave();
    stopping?.signal.addEventListener('abort', leave, { signal: shard.over });
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
    const { watch, observer, leaving } = this.#shard;
    this.#checkpoints.store = store;
    this.#checkpoints.millisBehindLatest = millisBehindLatest;
    watch.heard(millisBehindLatest);
    this.#retention.heard(records, millisBehindLatest);
    observer.batch(records, millisBehindLatest);
    // A record processor waits until its checkpoint is stored, unless the shard is to be left.
    const own: Checkpoint = (position) => this.#last.retryUntilStored(position, () => leaving.aborted);
    try {
      const left = await this.#loop.run(records, millisBehindLatest, own);
      if (left > 0) this.#shard.move('unfinished');
      await this.#checkpoints.endOfBatch();
    } catch (error) {
      await this.#events.failed(error);
    } finally {
      watch.waiting();
    }
  }

  /** @throws HandlerError if the record processor's `initialize` failed */
  initialize(from: Position): Promise<void> {
    return this.#events.initialize(from);
  }

  /** Everything that was delivered is handled by now, so the shard's end can be checkpointed; unless records were left. */
  shardEnded(store: Checkpoint): Promise<void> {
    this.#checkpoints.store = store;
    return this.#events.shardEnded();
  }

  /** The worker stops, or gives the lease away: makes the last checkpoint. */
  shutdownRequested(store: Checkpoint): Promise<void> {
    this.#checkpoints.store = store;
    return this.#events.shutdownRequested();
  }

  /**
   * The lease is another worker's, which handles again what is not checkpointed.
   *
   * @throws DaemonError if the worker stops, and handled records could not be checkpointed before
   */
  leaseLost(): Promise<void> {
    return this.#events.leaseLost();
  }

  /** Nothing more comes, although the shard was not left. */
  disconnected(): void {
    this.#events.disconnected();
  }

  /** Finishes the record at hand, and takes no other: the worker stops, or the lease is about to go to another. */
  leave(because: 'handed over' | 'worker stopping'): void {
    this.#shard.leave(because);
  }

  /** Nothing more of this shard counts here: the lease is gone, or the connection is. */
  abandon(reason: ShardOver): void {
    this.#shard.move(reason);
  }
}
