/** How the shard of a held lease is read; `not read`: it should be, and Kinesis has not answered the last read. */
export type ReadState = 'read' | 'not read' | 'waits for its parents' | 'ended' | 'not configured';

/** Calls of AWS that fail at present. */
export interface CallFailure {
  /** As AWS names it, such as GetRecords. */
  readonly operation: string;
  /** AWS's error code, or the exception's name where AWS did not answer. */
  readonly code: string;
  readonly message: string;
  /** The first of them, in ms since 1970. */
  readonly since: number;
  readonly count: number;
}

export interface FailingCall extends CallFailure {
  readonly service: string;
  /** Whether the credentials are not valid, or there are none. */
  readonly credentials: boolean;
}

export interface HeldLease {
  /** The stream's ARN; of a stream that is not configured, how lease keys name it. */
  readonly stream: string;
  readonly shard: string;
  readonly state: ReadState;
  /** Of a shard that is not read: when it was last, or when its lease was taken, in ms since 1970. */
  readonly since?: number;
  /** Of a shard that is not read: whether its record processor is initialized. */
  readonly initialized?: boolean;
  readonly failure?: CallFailure;
  /** How many reads have failed since the lease was taken, by error code. */
  readonly failures?: Readonly<Record<string, number>>;
}

/** What the launcher reports (LeaseReport.java). */
export interface LeaseReport {
  readonly leases: readonly HeldLease[];
  readonly failingCalls: readonly FailingCall[];
}

/** A held lease whose shard is not read. */
export interface UnreadShard {
  readonly lease: HeldLease;
  /** For how long, in ms. */
  readonly ms: number;
}

/** The leases that KCL holds in this worker, and how their shards are read, as the launcher last reported it. */
export class HeldLeases {
  #report: LeaseReport = { leases: [], failingCalls: [] };
  /** When a shard was first seen unread, by this process's monotonic clock, which no change of the time moves. */
  #unread = new Map<string, { readonly since: number | undefined; readonly seenAt: number }>();

  take(report: LeaseReport, now = performance.now()): void {
    this.#report = report;
    const unread = report.leases.filter(({ state }) => state === 'not read');
    this.#unread = new Map(
      unread.map((lease) => {
        const before = this.#unread.get(keyOf(lease));
        // It was read in between if it is unread since another time.
        const seen = before?.since === lease.since ? before : undefined;
        return [keyOf(lease), seen ?? { since: lease.since, seenAt: now }];
      }),
    );
  }

  /** Without those of shards that are read to their end. */
  get held(): readonly HeldLease[] {
    return this.#report.leases.filter(({ state }) => state !== 'ended');
  }

  get shardsRead(): number {
    return this.#report.leases.filter(({ state }) => state === 'read').length;
  }

  get failingCalls(): readonly FailingCall[] {
    return this.#report.failingCalls;
  }

  find(stream: string, shard: string): HeldLease | undefined {
    return this.#report.leases.find((lease) => lease.stream === stream && lease.shard === shard);
  }

  unread(now = performance.now()): readonly UnreadShard[] {
    return this.#report.leases
      .filter(({ state }) => state === 'not read')
      .map((lease) => ({ lease, ms: now - (this.#unread.get(keyOf(lease))?.seenAt ?? now) }));
  }

  unreadMs({ stream, shard }: HeldLease, now = performance.now()): number | undefined {
    const seen = this.#unread.get(keyOf({ stream, shard }));
    return seen && now - seen.seenAt;
  }
}

function keyOf({ stream, shard }: Pick<HeldLease, 'stream' | 'shard'>): string {
  return `${stream} ${shard}`;
}

/** Operation, error code and AWS's text. */
export function failureText({ operation, code, message }: CallFailure): string {
  return `${operation}: ${code}${message === '' ? '' : `: ${message}`}`;
}
