import { wait } from '../delivery/backoff.js';
import type { Logger } from '../log/logger.js';

/** How long a handler that was left at work may still take, once the environment runs again, in ms. */
const GRACE_MS = 5_000;

/**
 * Keeps attempts from running beside each other in one execution environment: Lambda freezes it after an invocation, and
 * a handler that did not end goes on with the next one.
 */
export class EnvironmentGuard {
  #atWork: Promise<unknown> | undefined;
  readonly #graceMs: number;
  readonly #exit: (code: number) => void;

  constructor({ graceMs = GRACE_MS, exit = (code: number): void => process.exit(code) } = {}) {
    this.#graceMs = graceMs;
    this.#exit = exit;
  }

  /** A handler is left at work. */
  leave(work: Promise<unknown>): void {
    this.#atWork = work;
  }

  /** Waits for what was left at work. If it does not end, the process does: Lambda starts a new one for the next try. */
  async check(logger: Logger): Promise<void> {
    if (this.#atWork === undefined) return;
    const ended = new AbortController();
    const end = () => ended.abort();
    this.#atWork.then(end, end);
    await wait(this.#graceMs, ended.signal);
    if (ended.signal.aborted) {
      this.#atWork = undefined;
      return;
    }
    logger.fatal(
      'a handler of an earlier invocation is still at work, although its signal was aborted: this environment ends, so that no other runs beside it',
    );
    this.#exit(1);
  }
}
