import type { StreamArn } from '../aws/arn.js';
import { reasonOf } from '../delivery/failed-record.js';
import type { Exhausted, ShardLeft, ShardObserver } from '../delivery/observer.js';
import { dataBytesOf, type RecordList } from '../delivery/record-list.js';
import { StreamDurations } from './buckets.js';
import { LagHistory } from './lag-history.js';

export interface LastError {
  /** In ms since 1970. */
  readonly at: number;
  readonly text: string;
}

/**
 * What is counted of one shard since this worker first had it. Plain numbers: they are added to for every record, and
 * read when somebody asks.
 */
export class ShardTally {
  records = 0;
  bytes = 0;
  batches = 0;
  handled = 0;
  attemptsFailed = 0;
  retries = 0;
  readonly exhausted: Record<Exhausted, number> = { stopped: 0, skipped: 0, sent: 0 };
  checkpointsStored = 0;
  checkpointsFailed = 0;
  millisBehindLatest: number | undefined;
  /** How long the stream retains records; undefined if that is unknown. */
  retentionMs: number | undefined;
  readonly lag = new LagHistory();
  /** In ms since 1970, as the other times. */
  leaseTakenAt = 0;
  /** Since the lease was taken, as the last checkpoint. */
  lastBatchAt: number | undefined;
  lastCheckpointAt: number | undefined;
  lastError: LastError | undefined;
  /** Undefined while the lease is held. */
  left: { readonly reason: ShardLeft; readonly at: number } | undefined;
  #holder: ShardObserver | undefined;

  constructor(
    readonly stream: StreamArn,
    readonly shard: string,
    readonly durations = new StreamDurations(stream),
  ) {}

  /** The lease is taken, maybe again; what the delivery before may still say of its end does not count. */
  taken(): ShardObserver {
    const holder: ShardObserver = {
      batch: (records, millisBehindLatest) => this.#batch(records, millisBehindLatest),
      attempt: (seconds) => this.durations.attempts.observe(seconds),
      handled: (records) => {
        this.handled += records;
      },
      attemptFailed: (error) => {
        this.attemptsFailed++;
        this.#note(error);
      },
      retrying: () => {
        this.retries++;
      },
      exhausted: (outcome) => {
        this.exhausted[outcome]++;
      },
      checkpointStored: (seconds) => {
        this.durations.checkpoints.observe(seconds);
        this.checkpointsStored++;
        this.lastCheckpointAt = Date.now();
      },
      checkpointFailed: (error, seconds) => {
        this.durations.checkpoints.observe(seconds);
        this.checkpointsFailed++;
        this.#note(error);
      },
      left: (reason) => {
        if (this.#holder === holder) this.left = { reason, at: Date.now() };
      },
    };
    this.#holder = holder;
    this.left = undefined;
    this.leaseTakenAt = Date.now();
    this.millisBehindLatest = undefined;
    this.lastBatchAt = undefined;
    this.lastCheckpointAt = undefined;
    return holder;
  }

  #batch(records: RecordList, millisBehindLatest: number | undefined): void {
    this.batches++;
    this.records += records.length;
    this.bytes += dataBytesOf(records);
    this.lastBatchAt = Date.now();
    this.millisBehindLatest = millisBehindLatest;
    if (millisBehindLatest !== undefined) this.lag.add(this.lastBatchAt, millisBehindLatest);
  }

  #note(error: unknown): void {
    this.lastError = { at: Date.now(), text: reasonOf(error) };
  }
}
