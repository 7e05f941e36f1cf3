import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log/logger.js';

/** How long a handler that was left at work may still take, once the environment runs again, in ms. */
const GRACE_MS = 5_000;

/**
 * Keeps attempts from running beside each other in one execution environment: Lambda freezes it after an invocation, and
 * a handler that did not end goes on with the next one.
 */
export class EnvironmentGuard {
  #atWork: Promise<unknown> | undefined;
  readonly #exit: (code: number) => void;

  constructor(exit: (code: number) => void = (code) => process.exit(code)) {
    this.#exit = exit;
  }

  /** A handler is left at work. */
  leave(work: Promise<unknown>): void {
    this.#atWork = work;
  }

  /** Waits for what was left at work. If it does not end, the process does: Lambda starts a new one for the next try. */
  async check(logger: Logger): Promise<void> {
    if (this.#atWork === undefined) return;
    const ended = this.#atWork.then(
      () => true,
      () => true,
    );
    if (await Promise.race([ended, sleep(GRACE_MS, false)])) {
      this.#atWork = undefined;
      return;
    }
    logger.fatal(
      'a handler of an earlier invocation is still at work, although its signal was aborted: this environment ends, so that no other runs beside it',
    );
    this.#exit(1);
  }
}
