import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { Logger } from 'pino';
import type { StreamArn } from '../aws/arn.js';
import { DaemonError, HandlerError } from '../errors/errors.js';
import { type Checkpoint, CheckpointError, type Position } from './position.js';
import type { KinesisRecord, RecordContext, RecordHandler } from './record-handler.js';

/** What the handling of records needs besides the shard; the same for every shard. */
export interface DeliveryOptions {
  handler: RecordHandler;
  checkpointIntervalMs: number;
  logger: Logger;
  /** Aborted when the worker stops: in every shard the record that is being handled is the last one. */
  stopping?: AbortController;
  /** Called once for each record that was handled. */
  onHandled?: () => void;
}

/** Waits between the attempts of a checkpoint that must not be missed, in ms: about 6 s together. */
const FINAL_CHECKPOINT_WAITS_MS = [100, 200, 400, 800, 1600, 3200];

/**
 * Hands one shard's records to the handler, in order, and checkpoints what is finished. It knows nothing of the
 * transport that brings the records.
 */
export class ShardDelivery {
  readonly #options: DeliveryOptions;
  readonly #stream: StreamArn;
  readonly #shard: string;
  readonly #logger: Logger;
  readonly #abort = new AbortController();
  #finished: Position | undefined;
  #recordsSinceCheckpoint = 0;
  /** Records were left to the next worker: from then on this shard's end must not be checkpointed. */
  #leftRecords = false;
  /** By the monotonic clock: the wall clock may be set back. */
  #lastCheckpointAt = performance.now();
  #millisBehindLatest: number | undefined;

  constructor(options: DeliveryOptions, stream: StreamArn, shard: string) {
    this.#options = options;
    this.#stream = stream;
    this.#shard = shard;
    this.#logger = options.logger.child({ stream: stream.arn, shard });
  }

  /**
   * Resolves when every record is handled and, if it is time, the checkpoint is stored. When the worker is stopping,
   * the rest of the batch is left: it is not checkpointed, so the next worker gets it.
   *
   * @throws HandlerError if the handler failed; what was finished before is checkpointed
   */
  async deliver(
    records: readonly KinesisRecord[],
    millisBehindLatest: number | undefined,
    checkpoint: Checkpoint,
  ): Promise<void> {
    this.#millisBehindLatest = millisBehindLatest;
    for (const record of records) {
      if (this.#abort.signal.aborted) return; // the rest is another worker's
      if (this.#options.stopping?.signal.aborted) {
        this.#leftRecords = true;
        return;
      }
      try {
        await this.#options.handler(record, this.#contextOf(record));
      } catch (cause) {
        await this.#checkpointFinished(checkpoint);
        throw this.#handlerError(record, cause);
      }
      this.#finished = record;
      this.#recordsSinceCheckpoint++;
      this.#options.onHandled?.();
    }
    const due = performance.now() - this.#lastCheckpointAt >= this.#options.checkpointIntervalMs;
    if (due && !this.#abort.signal.aborted) {
      await this.#checkpointFinished(checkpoint);
    }
  }

  /**
   * Everything that was delivered is handled by now, so the shard's end can be checkpointed; unless a stop left records,
   * which would be lost.
   */
  async shardEnded(checkpoint: Checkpoint): Promise<void> {
    if (this.#leftRecords) {
      await this.#insist(() => this.#checkpoint(checkpoint));
      this.#logger.warn("the shard's end is not checkpointed: the stop left records of it");
      this.#abort.abort();
      return;
    }
    const stored = await this.#insist(() => checkpoint());
    if (stored) this.#logger.info({ records: this.#recordsSinceCheckpoint }, 'shard ended, checkpointed');
    this.#abort.abort();
  }

  async shutdownRequested(checkpoint: Checkpoint): Promise<void> {
    await this.#insist(() => this.#checkpoint(checkpoint));
  }

  /** The lease is gone, or the connection is: nothing more of this shard counts here. */
  leaseLost(): void {
    this.#abort.abort();
  }

  async #checkpointFinished(checkpoint: Checkpoint): Promise<void> {
    try {
      await this.#checkpoint(checkpoint);
    } catch (error) {
      // Not lost: the position stays and is checkpointed with the next batch.
      this.#logger.warn({ err: error }, 'checkpoint failed');
    }
  }

  async #checkpoint(checkpoint: Checkpoint): Promise<void> {
    const position = this.#finished;
    if (position === undefined) return;
    const { sequenceNumber, subSequenceNumber } = position;
    await checkpoint({ sequenceNumber, subSequenceNumber });
    const records = this.#recordsSinceCheckpoint;
    this.#finished = undefined;
    this.#recordsSinceCheckpoint = 0;
    this.#lastCheckpointAt = performance.now();
    this.#logger.info(
      { sequenceNumber, subSequenceNumber, records, millisBehindLatest: this.#millisBehindLatest },
      'checkpointed',
    );
  }

  /** @returns false if the lease is lost, so that the checkpoint is another worker's to make */
  async #insist(attempt: () => Promise<void>): Promise<boolean> {
    for (let attempts = 0; ; attempts++) {
      const wait = FINAL_CHECKPOINT_WAITS_MS[attempts];
      try {
        await attempt();
        return true;
      } catch (error) {
        if (error instanceof CheckpointError && error.leaseLost) {
          // The next worker starts at the last checkpoint: records come again, none is lost.
          this.#logger.warn({ err: error }, 'final checkpoint refused: the lease is lost');
          // A lease may be lost at any time; but a stop that loses the last checkpoint must not look like one that
          // does not. KCL says the same when it could not renew the lease, as when DynamoDB is down.
          if (this.#options.stopping?.signal.aborted) throw this.#notStored(error);
          return false;
        }
        // With the connection gone, trying again is no use.
        if (wait === undefined || this.#abort.signal.aborted) throw this.#notStored(error);
        this.#logger.warn({ err: error, retryInMs: wait }, 'checkpoint failed, trying again');
        await sleep(wait);
      }
    }
  }

  #notStored(cause: unknown): DaemonError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new DaemonError(
      `the last checkpoint of ${this.#shard}, ${this.#stream.arn}, could not be stored: ${reason}`,
      { hint: 'Records since the checkpoint before that come again.', cause },
    );
  }

  #contextOf({ sequenceNumber }: KinesisRecord): RecordContext {
    const shardLogger = this.#logger;
    let logger: Logger | undefined;
    return {
      stream: this.#stream,
      shard: this.#shard,
      signal: this.#abort.signal,
      millisBehindLatest: this.#millisBehindLatest,
      // Made when asked for: most records log nothing, and a child logger costs more than the call.
      get logger() {
        logger ??= shardLogger.child({ sequenceNumber });
        return logger;
      },
    };
  }

  #handlerError({ sequenceNumber, subSequenceNumber }: KinesisRecord, cause: unknown): HandlerError {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : textOf(cause);
    return new HandlerError(
      `the record handler failed on record ${sequenceNumber} (sub-sequence number ${subSequenceNumber}) of ${this.#shard}, ${this.#stream.arn}: ${reason}`,
      { cause },
    );
  }
}

/** What was thrown need not be an Error, nor anything that String() can take. */
function textOf(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 1, breakLength: Infinity });
}
