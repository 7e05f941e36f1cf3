/** A place in a shard: everything up to and including it is handled. */
export interface Position {
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
}

/**
 * Stores a checkpoint in the lease table. Without a position: all that was delivered, which is the shard's end when
 * the shard has ended.
 *
 * @throws CheckpointError if KCL could not store it
 */
export type Checkpoint = (position?: Position) => Promise<void>;

/** KCL's refusal of a checkpoint; `reason` is the name of its exception. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly code = 'XAK_CHECKPOINT';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(`${reason}: ${message}`);
    this.reason = reason;
  }

  /** KCL does not take the position; it is out of the range that was delivered, say. */
  get invalid(): boolean {
    return this.reason === 'IllegalArgumentException';
  }

  /** The lease belongs to another worker by now, which goes on from the last checkpoint; trying again is no use. */
  get leaseLost(): boolean {
    return this.reason === 'ShutdownException';
  }
}

export function isLeaseLost(error: unknown): error is CheckpointError {
  return error instanceof CheckpointError && error.leaseLost;
}

/** Whether `a` is behind `b` in their shard. */
export function isAfter(a: Position, b: Position): boolean {
  const [first, second] = [BigInt(a.sequenceNumber), BigInt(b.sequenceNumber)];
  return first === second ? a.subSequenceNumber > b.subSequenceNumber : first > second;
}
