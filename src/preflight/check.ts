import type { FixedBy } from '../aws/known-errors/known-error.js';
import type { Failure } from './failure.js';

/** Every check that there is, in the order of the report; which of them are run depends on the request. */
export const CHECK_IDS = [
  'credentials',
  'endpoints',
  'clock',
  'stream-role',
  'stream-arn',
  'same-name',
  'stream-summary',
  'records',
  'describe-stream',
  'list-shards',
  'shard-iterator',
  'get-records',
  'encryption',
  'key-state',
  'decrypt',
  'consumer',
  'subscribe',
  'lease-table',
  'lease-table-create',
  'lease-table-index',
  'lease-table-backups',
  'lease-table-capacity',
  'lease-table-scan',
  'lease-table-query',
  'lease-table-get',
  'lease-table-put',
  'lease-table-update',
  'lease-table-delete',
  'former-tables',
  'coordinator-state',
  'worker-metrics',
  'lease-table-contents',
  'lease-table-epoch',
  'metrics',
  'failure-queue',
  'java',
  'kcl-version',
  'java-credentials',
  'run-directory',
  'lease-table-lag',
] as const;

export type CheckId = (typeof CHECK_IDS)[number];

/** `warning`: works, but should be known. `error`: unknown. */
export type Status = 'passed' | 'warning' | 'failed' | 'skipped' | 'error';

/** What a check found. */
export interface Verdict<T> extends Omit<Failure, 'status'> {
  readonly status: Status;
  /** For the checks that need this one; read only with `passed` and `warning`. */
  readonly value?: T;
}

/**
 * An assertion with the way to prove it. Its needs are run before it; if one of them does not hold it is skipped.
 * Checks share nothing but the values that they hand on.
 */
export interface Check<T = unknown> {
  readonly id: CheckId;
  /** As in "can read the stream". */
  readonly asserts: string;
  /** Who is likely to fix it. */
  readonly fixedBy: FixedBy;
  readonly needs: readonly Check[];
  run(values: readonly never[], signal: AbortSignal): Promise<Verdict<T>>;
}

type ValuesOf<N extends readonly Check[]> = {
  [K in keyof N]: N[K] extends Check<infer T> ? T : never;
};

/** Gives `run` the values of its needs by their types. */
export function defineCheck<T, const N extends readonly Check[]>(check: {
  readonly id: CheckId;
  readonly asserts: string;
  readonly fixedBy: FixedBy;
  readonly needs: N;
  run(values: ValuesOf<N>, signal: AbortSignal): Promise<Verdict<T>>;
}): Check<T> {
  return check as unknown as Check<T>;
}

export function passed<T>(message: string, value: T): Verdict<T> {
  return { status: 'passed', message, value };
}
