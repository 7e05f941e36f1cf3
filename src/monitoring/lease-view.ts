import { withTimeout } from '../errors/time-limit.js';
import { LeaseRenewals } from '../leases/lease-status.js';
import type { LeaseTable } from '../leases/lease-table.js';

/** How old what is shown may be, in ms: reading the table again and again would cost. */
const FRESH_MS = 10_000;
/** How long an answer waits for DynamoDB, in ms; then it shows what was there before. */
const PATIENCE_MS = 2_000;

export interface LeaseSnapshot {
  /** The table as it was last read; undefined if it was not yet, or does not exist. */
  readonly table: LeaseTable | undefined;
  /** When that was, in ms since 1970. */
  readonly readAt: number | undefined;
  /** Why the last attempt to read it failed. */
  readonly error: string | undefined;
  /** What its readings up to now tell of them. */
  readonly renewals: LeaseRenewals;
}

/** Whether there was none when KCL had started, and so had made it: what was read before shows nothing. */
export function isDeleted(
  { table, readAt }: Pick<LeaseSnapshot, 'table' | 'readAt'>,
  kclStartedAt: number | undefined,
): boolean {
  return table === undefined && readAt !== undefined && kclStartedAt !== undefined && readAt >= kclStartedAt;
}

/** The lease table, read only when somebody asks. */
export class LeaseView {
  readonly #read: () => Promise<LeaseTable | undefined>;
  #snapshot: LeaseSnapshot = {
    table: undefined,
    readAt: undefined,
    error: undefined,
    renewals: new LeaseRenewals(),
  };
  #triedAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(read: () => Promise<LeaseTable | undefined>) {
    this.#read = read;
  }

  async get(): Promise<LeaseSnapshot> {
    if (this.#reading === undefined && performance.now() - this.#triedAt > FRESH_MS) {
      this.#reading = this.#refresh().finally(() => {
        this.#triedAt = performance.now();
        this.#reading = undefined;
      });
    }
    if (this.#reading !== undefined) await withTimeout(this.#reading, PATIENCE_MS, () => {});
    return this.#snapshot;
  }

  async #refresh(): Promise<void> {
    try {
      const table = await this.#read();
      const readAt = Date.now();
      const { renewals } = this.#snapshot;
      renewals.look(table?.leases ?? [], readAt);
      this.#snapshot = { table, readAt, error: undefined, renewals };
    } catch (error) {
      this.#snapshot = { ...this.#snapshot, error: error instanceof Error ? error.message : String(error) };
    }
  }
}
