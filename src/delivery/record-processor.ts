/** A record as `aws-kcl` hands it over. */
export interface ProcessorRecord {
  /** base64 */
  readonly data: string;
  /** null if the producer gave none (RecordDistributionStrategy AUTO). */
  readonly partitionKey: string | null;
  readonly sequenceNumber: string;
  /** Position within a KPL aggregate; 0 for a record that was put by itself. */
  readonly subSequenceNumber: number;
  /** Milliseconds since 1970; null if Kinesis did not say. */
  readonly approximateArrivalTimestamp: number | null;
}

/** Told of an error, or of none. */
export type ErrorCallback = (error?: unknown) => void;

/**
 * Stores how far the shard is processed. It can be used from a method's call until its callback is called.
 *
 * Without a sequence number: all that was handed over; in `shardEnded`, the shard's end. Without a sub-sequence number
 * KCL takes 0, so that the rest of a KPL aggregate comes again.
 */
export interface ProcessorCheckpointer {
  checkpoint(done?: ErrorCallback): void;
  checkpoint(sequenceNumber: string, done?: ErrorCallback): void;
  checkpoint(sequenceNumber: string, subSequenceNumber: number, done?: ErrorCallback): void;
}

/**
 * An object in the style of `aws-kcl`, one for each shard; a module exports `createRecordProcessor`, which makes it. It
 * makes all checkpoints itself: what it has not checkpointed comes again after a restart.
 *
 * A method is finished when it calls `done`, or, if it takes no second parameter, when it returns or its promise is
 * fulfilled. It has failed if it throws, rejects, calls `done` with an error, or takes longer than handlerTimeoutMs;
 * then `processRecords` is tried again as a BatchHandler is, behind the newest checkpoint that it has stored. A failure of
 * another method stops the worker.
 */
export interface RecordProcessor {
  initialize?(
    input: { shardId: string; sequenceNumber: string; subSequenceNumber: number; streamArn: string },
    done: ErrorCallback,
  ): void | Promise<void>;
  processRecords(
    input: {
      records: ProcessorRecord[];
      checkpointer: ProcessorCheckpointer;
      millisBehindLatest: number | null;
    },
    done: ErrorCallback,
  ): void | Promise<void>;
  /** Another worker has the lease. */
  leaseLost?(input: Record<string, never>, done: ErrorCallback): void | Promise<void>;
  /** Must checkpoint, or the worker stops: only then KCL goes on with the shard's children. */
  shardEnded(input: { checkpointer: ProcessorCheckpointer }, done: ErrorCallback): void | Promise<void>;
  /** The worker stops, or gives the lease away. */
  shutdownRequested?(
    input: { checkpointer: ProcessorCheckpointer },
    done: ErrorCallback,
  ): void | Promise<void>;
}
