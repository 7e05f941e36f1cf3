import { setTimeout as sleep } from 'node:timers/promises';

/** How long work may take to notice that its signal is aborted, in ms. */
export const ABORT_GRACE_MS = 5_000;

/** Work took longer than handlerTimeoutMs, and ended once its signal was aborted. */
export class HandlerTimeout extends Error {
  override readonly name: string = 'HandlerTimeout';
}

/** It did not end even then: another attempt would run beside it. */
export class HandlerHangs extends HandlerTimeout {
  override readonly name = 'HandlerHangs';
}

/** The time limit of a shard's attempts, one at a time: they have one timer, as nearly all end long before it. */
export class TimeLimit {
  readonly #limitMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** What ends the wait for the attempt at hand. */
  #expire: (() => void) | undefined;
  #due = 0;

  /** @param limitMs 0 for none */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /**
   * Waits for a handler's work.
   *
   * @param began when it began, by the monotonic clock
   * @param abort aborts the work's signal
   * @throws HandlerTimeout | HandlerHangs, or what the work rejects with
   */
  wait<T>(work: Promise<T>, began: number, abort?: (reason: Error) => void): Promise<T> {
    if (this.#limitMs === 0) return work;
    return new Promise((resolve, reject) => {
      const end = <V>(settle: (value: V) => void, value: V) => {
        if (this.#expire !== expire) return;
        this.#expire = undefined;
        settle(value);
      };
      const expire = () => resolve(this.#overdue(work, abort));
      this.#expire = expire;
      this.#due = began + this.#limitMs;
      this.#timer ??= this.#arm(this.#limitMs, expire);
      work.then(
        (value) => end(resolve, value),
        (error) => end(reject, error),
      );
    });
  }

  /** No attempt follows for now: nothing is left that would keep the process alive. */
  rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @param first the attempt that this time is the whole limit of; a later one has the rest of its own left then */
  #arm(ms: number, first: (() => void) | undefined): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      const expire = this.#expire;
      if (expire === undefined) return;
      const left = expire === first ? 0 : this.#due - performance.now();
      if (left > 0) {
        this.#timer = this.#arm(Math.ceil(left), expire);
        return;
      }
      this.#expire = undefined;
      expire();
    }, ms);
  }

  async #overdue(work: Promise<unknown>, abort?: (reason: Error) => void): Promise<never> {
    const timeout = new HandlerTimeout(`it took longer than ${this.#limitMs} ms (handlerTimeoutMs)`);
    abort?.(timeout);
    const settled = work.then(
      () => true,
      () => true,
    );
    if (await Promise.race([settled, sleep(ABORT_GRACE_MS, false)])) throw timeout;
    throw new HandlerHangs(
      `${timeout.message} and did not end within ${ABORT_GRACE_MS} ms after its signal was aborted, ` +
        'so that another attempt would run beside it',
    );
  }
}
