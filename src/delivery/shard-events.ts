import { DaemonError, HandlerError } from '../errors/errors.js';
import type { Checkpoints } from './checkpoints.js';
import type { DeliveryOptions } from './delivery-options.js';
import { failureReason, reasonOf } from './failed-record.js';
import type { LastCheckpoints } from './last-checkpoints.js';
import { CheckpointError, isLeaseLost, type Position } from './position.js';
import type { Shard } from './shard.js';
import type { ShardLifecycle } from './shard-handler.js';
import { HandlerHangs, TimeLimit } from './time-limit.js';
import { comeAgain } from './uncheckpointed-records.js';

/** What happens to a shard besides its batches: its beginning, and the last checkpoint before it is left. */
export class ShardEvents {
  readonly #shard: Shard;
  readonly #checkpoints: Checkpoints;
  readonly #last: LastCheckpoints;
  readonly #lifecycle: ShardLifecycle;
  readonly #stopping: AbortSignal | undefined;
  /** For each method of a record processor, in ms; 0 for none. */
  readonly #limitMs: number;

  /** @param processor a record processor's, which makes the checkpoints itself; else they are made here */
  constructor(
    shard: Shard,
    { stopping, handlerTimeoutMs }: DeliveryOptions,
    processor: ShardLifecycle | undefined,
    checkpoints: Checkpoints,
    last: LastCheckpoints,
  ) {
    this.#shard = shard;
    this.#checkpoints = checkpoints;
    this.#last = last;
    this.#lifecycle = processor ?? last;
    this.#stopping = stopping?.signal;
    this.#limitMs = processor === undefined ? 0 : handlerTimeoutMs;
  }

  async initialize(from: Position): Promise<void> {
    const { stream, id, logger } = this.#shard;
    await this.#call('initialize', (it) => it.initialize?.({ ...from, streamArn: stream.arn, shardId: id }));
    logger.info({ from: from.sequenceNumber }, 'shard taken');
  }

  async shardEnded(): Promise<void> {
    const { state, logger } = this.#shard;
    if (state === 'delivering' || state === 'leaving') {
      await this.#call('shardEnded', (it) => it.shardEnded(this.#checkpoint));
    } else {
      // Left records would be lost: from a shard whose end is checkpointed, KCL goes on to its children.
      await this.#call('shutdownRequested', (it) => it.shutdownRequested(this.#checkpoint));
      if (state === 'unfinished') {
        logger.warn("the shard's end is not checkpointed: the stop left records of it");
      }
    }
    this.#shard.move('shard ended');
  }

  async shutdownRequested(): Promise<void> {
    this.#shard.leave('handed over');
    await this.#call('shutdownRequested', (it) => it.shutdownRequested(this.#checkpoint));
  }

  async leaseLost(): Promise<void> {
    this.#shard.move('lease lost');
    if (this.#shard.state === 'lease lost') await this.#call('leaseLost', (it) => it.leaseLost?.());
    if (this.#checkpoints.uncheckpointed === undefined) return;
    this.#checkpoints.noteUncheckpointed();
    if (this.#stopping?.aborted) throw this.#notStored('its lease is lost');
    this.#warnOfUncheckpointed('lease lost');
  }

  disconnected(): void {
    if (!this.#shard.over.aborted) this.#warnOfUncheckpointed('nothing more comes from KCL');
    this.#shard.move('disconnected');
  }

  /**
   * A batch failed. What was handled before must not come again because a single call failed; the failure is what counts.
   *
   * @throws the failure, unless the lease is lost, and with it the failure's meaning
   */
  async failed(error: unknown): Promise<void> {
    const { over, logger } = this.#shard;
    this.#shard.move('unfinished');
    await this.#checkpoints.settled();
    if (!over.aborted) {
      await this.#last.shutdownRequested().catch((err: unknown) => {
        if (isLeaseLost(err)) return;
        const failure = reasonOf(error);
        const { records } = this.#checkpoints;
        logger.error({ err, failure, records }, 'the checkpoint before the failure could not be stored');
      });
    }
    // A handler that hangs would run beside the next worker's.
    const hangs = error instanceof HandlerError && error.cause instanceof HandlerHangs;
    if (hangs || !over.aborted) throw error;
    logger.warn({ err: error }, 'the lease was lost before this failure');
  }

  #checkpoint = (position?: Position): Promise<void> => this.#last.retryUntilStored(position);

  /** Calls the record processor's method, or makes the checkpoint instead; its failure is explained. */
  async #call(
    method: keyof ShardLifecycle,
    call: (it: ShardLifecycle) => Promise<void> | undefined,
  ): Promise<void> {
    const limit = new TimeLimit(this.#limitMs);
    try {
      await limit.wait(call(this.#lifecycle) ?? Promise.resolve(), performance.now());
    } catch (cause) {
      // A lease may be lost at any time; but a stop that loses the last checkpoint must not look like one that does not.
      // KCL says the same when it could not renew the lease, as when DynamoDB is down.
      if (cause instanceof CheckpointError && !cause.leaseLost) throw this.#notStored(cause);
      const lost = this.#shard.over.aborted && method !== 'leaseLost';
      if (lost || isLeaseLost(cause)) {
        if (this.#stopping?.aborted) throw this.#notStored(cause);
        // A processor may make an error of its own of the refusal, which is logged already.
        if (!isLeaseLost(cause)) this.#warnOfFailure(method, cause);
        return;
      }
      const { stream, id } = this.#shard;
      const message = `the record processor's ${method} failed for ${id}, ${stream.arn}: ${reasonOf(cause)}`;
      throw new HandlerError(message, { cause });
    } finally {
      limit.rest();
    }
  }

  #warnOfFailure(method: string, err: unknown): void {
    const message = `the lease was lost before the record processor's ${method} failed`;
    this.#shard.logger.warn({ err }, message);
  }

  #warnOfUncheckpointed(why: string): void {
    const { uncheckpointed, records } = this.#checkpoints;
    if (uncheckpointed) this.#shard.logger.warn(uncheckpointed, `${why}: ${comeAgain(records)}`);
  }

  #notStored(cause: unknown): DaemonError {
    const { stream, id } = this.#shard;
    const { records } = this.#checkpoints;
    const again = records > 0 ? ` (${comeAgain(records)})` : '';
    const { message: reason } = failureReason(cause);
    return new DaemonError(
      `the last checkpoint of ${id}, ${stream.arn}${again}, could not be stored: ${reason}`,
      { remedy: 'Records since the checkpoint before that come again.', cause },
    );
  }
}
