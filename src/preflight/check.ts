import type { Lack } from './denial.js';

/** `warning`: works, but should be known. `error`: it could not be told. */
export type Status = 'passed' | 'warning' | 'failed' | 'skipped' | 'error';

/**
 * Whose side must change something. `key owner` is the account of the stream's key where that is not the stream's;
 * `both` is the owner or the reader, where AWS does not say which.
 */
export type FixedBy = 'stream owner' | 'key owner' | 'reader' | 'both';

/** What a check found. */
export interface Verdict<T> {
  readonly status: Status;
  readonly message: string;
  /** Where it is another side than the check's own. */
  readonly fixedBy?: FixedBy;
  /** A permission that is missing: the statement that gives it is worked out from it. */
  readonly lack?: Lack;
  /** What else to do, where a statement is not the cure. */
  readonly cure?: string;
  /** For the checks that need this one; read with `passed` and `warning` alone. */
  readonly value?: T;
}

/**
 * An assertion with the way to prove it. Its needs are run before it; if one of them does not hold it is skipped.
 * Checks share nothing but the values that they hand on.
 */
export interface Check<T = unknown> {
  readonly id: string;
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
  readonly id: string;
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
