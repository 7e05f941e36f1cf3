/** Where a worker is in its life; of `stopping` there is no way back. */
export type Phase = 'preflight' | 'starting' | 'running' | 'stopping';
export type JvmState = 'not started' | 'up' | 'ended';

/** What is known of this worker, besides its shards. */
export class WorkerStatus {
  readonly startedAt = Date.now();
  #phase: Phase = 'preflight';
  #jvm: JvmState = 'not started';
  #id: string | undefined;
  #kclStartedAt: number | undefined;
  #aggregatesDropped = 0;
  #aggregatesWhole = 0;

  get phase(): Phase {
    return this.#phase;
  }

  get jvm(): JvmState {
    return this.#jvm;
  }

  /** KCL's workerIdentifier, the owner of its leases; undefined until KCL has started. */
  get id(): string | undefined {
    return this.#id;
  }

  /** In ms since 1970; undefined until KCL has started. KCL makes the lease table before that. */
  get kclStartedAt(): number | undefined {
    return this.#kclStartedAt;
  }

  /** KPL aggregates that KCL dropped. */
  get aggregatesDropped(): number {
    return this.#aggregatesDropped;
  }

  /** KPL aggregates that can't be taken apart, each handed over as one record. */
  get aggregatesWhole(): number {
    return this.#aggregatesWhole;
  }

  aggregatesNotTakenApart({ dropped, whole }: { dropped: number; whole: number }): void {
    this.#aggregatesDropped += dropped;
    this.#aggregatesWhole += whole;
  }

  jvmStarted(): void {
    this.#jvm = 'up';
    this.#enter('starting');
  }

  jvmEnded(): void {
    this.#jvm = 'ended';
  }

  kclStarted(id: string, now = Date.now()): void {
    this.#id = id;
    this.#kclStartedAt = now;
    this.#enter('running');
  }

  stopping(): void {
    this.#enter('stopping');
  }

  #enter(phase: Phase): void {
    if (this.#phase !== 'stopping') this.#phase = phase;
  }
}
