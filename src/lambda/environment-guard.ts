import { withTimeout } from '../errors/time-limit.js';
import type { Logger } from '../log/logger.js';

/** At most so long may a handler that was left at work still take, once the environment runs again, in ms. */
const GRACE_MS = 5_000;

/** @returns a quarter of the invocation's time at most: the rest is for its records */
export function graceMs(remainingMs: number): number {
  return Math.min(GRACE_MS, remainingMs / 4);
}

/**
 * Keeps attempts from running beside each other in one execution environment, and in no other: Lambda freezes it after an invocation, and
 * a handler that did not end goes on with the next one.
 */
export class EnvironmentGuard {
  #atWork: Promise<unknown> | undefined;
  readonly #exit: (code: number) => void;

  constructor(exit = (code: number): void => process.exit(code)) {
    this.#exit = exit;
  }

  /** A handler is left at work. */
  leave(work: Promise<unknown>): void {
    this.#atWork = work;
  }

  /**
   * Waits for what was left at work. If it does not end, the process does: Lambda starts a new one for the next try.
   *
   * @param remainingMs until Lambda ends the invocation
   */
  async check(logger: Logger, remainingMs: number): Promise<void> {
    if (this.#atWork === undefined) return;
    const settled = this.#atWork.then(
      () => true,
      () => true,
    );
    if (await withTimeout(settled, graceMs(remainingMs), () => false)) {
      this.#atWork = undefined;
      return;
    }
    logger.fatal(
      'a handler of an earlier invocation is still at work, although its signal was aborted: this environment ends, so that no other runs beside it',
    );
    this.#exit(1);
  }
}
