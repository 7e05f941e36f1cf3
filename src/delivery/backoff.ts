import { setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff, fullJitterGenerator, type IBackoff } from 'cockatiel';

export interface BackoffOptions {
  /** The most that is waited the first time; it doubles each time. */
  delayMs: number;
  maxDelayMs: number;
}

/**
 * Exponential backoff with full jitter: each wait is a random part of what it may be at most, so that clients that
 * failed together don't come back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #current: IBackoff<unknown> | undefined;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** How long to wait this time, in ms. */
  next(): number {
    const { delayMs: initialDelay, maxDelayMs: maxDelay } = this.#options;
    this.#current =
      this.#current?.next(undefined) ??
      new ExponentialBackoff({ initialDelay, maxDelay, generator: fullJitterGenerator }).next();
    return this.#current.duration;
  }

  reset(): void {
    this.#current = undefined;
  }
}

/** Waits; less if the signal is aborted. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
