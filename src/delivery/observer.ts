import type { StreamArn } from '../aws/arn.js';
import type { RecordList } from './record-list.js';

/** What becomes of a record after its last attempt. */
export type Exhausted = 'stopped' | 'skipped' | 'sent';

/** Why a shard is not read here any more. */
export type ShardLeft = 'shard ended' | 'lease lost' | 'handed over' | 'worker stopping' | 'disconnected';

/** Told of what is delivered, as for metrics. Its methods must not throw. */
export interface DeliveryObserver {
  /** The lease of the shard is taken. */
  shardTaken(stream: StreamArn, shard: string): ShardObserver;
}

/** Told of one shard, from its lease's taking to its leaving. */
export interface ShardObserver {
  /** A batch has come from KCL; it may have no records. */
  batch(records: RecordList, millisBehindLatest: number | undefined): void;
  /** One attempt of the handler is over, for better or worse; called for every record, so it must cost next to nothing. */
  attempt(seconds: number): void;
  /** So many records more are handled. */
  handled(records: number): void;
  attemptFailed(error: unknown): void;
  /** Another attempt follows. */
  retrying(): void;
  exhausted(outcome: Exhausted): void;
  checkpointStored(seconds: number): void;
  checkpointFailed(error: unknown, seconds: number): void;
  /** The last that is told. */
  left(reason: ShardLeft): void;
}

/** Where nobody wants to know. */
export const UNOBSERVED: DeliveryObserver = {
  shardTaken: () => ({
    batch() {},
    attempt() {},
    handled() {},
    attemptFailed() {},
    retrying() {},
    exhausted() {},
    checkpointStored() {},
    checkpointFailed() {},
    left() {},
  }),
};
