import type { Checkpoint, Position } from './position.js';
import type { KinesisRecord, RecordContext, RecordHandler } from './record-handler.js';
import type { RecordList } from './record-list.js';

/** What a handler's module exports, as one shard uses it. */
export interface ShardHandler {
  /** How many records it takes at once. */
  readonly batchSize: number;
  /**
   * @returns the first record that was not handled and why, or nothing if all were
   * @throws anything, if it is not known which record can't be handled
   */
  handle(
    records: readonly KinesisRecord[],
    context: RecordContext,
    checkpoint: Checkpoint,
  ): Promise<FirstFailure | undefined> | undefined;
  /** This record is skipped after its last attempt: it counts as handled. */
  skipped?(record: KinesisRecord): void;
  /** Where to continue, from this index on: behind what it has checkpointed itself, as no checkpoint goes back. */
  behindStored?(records: RecordList, from: number): number;
  /** Present if it makes the checkpoints itself; else the worker does. */
  readonly lifecycle?: ShardLifecycle;
}

export interface FirstFailure {
  readonly index: number;
  readonly error: unknown;
}

/** What makes a shard's checkpoints, while records are handled and at the shard's end. */
export interface ShardLifecycle {
  initialize?(start: ShardStart): Promise<void>;
  /** So many records more are handled, up to this one. */
  handled?(last: KinesisRecord, records: number): void;
  /** The worker stops or gives the lease away, or the shard ended when not all its records were handled. */
  shutdownRequested(checkpoint: Checkpoint): Promise<void>;
  /** All records of the shard are handled. */
  shardEnded(checkpoint: Checkpoint): Promise<void>;
  leaseLost?(): Promise<void>;
}

/** Where a shard's reading begins: a sequence number, or TRIM_HORIZON and so on; and which shard it is. */
export interface ShardStart extends Position {
  readonly streamArn: string;
  readonly shardId: string;
}

export function oneByOne(handle: RecordHandler): ShardHandler {
  return {
    batchSize: 1,
    handle(records, context) {
      const work: unknown = handle(records[0] as KinesisRecord, context);
      // Any thenable: a handler may use another library's promises. What it resolves to says nothing.
      return isThenable(work) ? Promise.resolve(work).then(nothing) : undefined;
    },
  };
}

function nothing(): undefined {}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
