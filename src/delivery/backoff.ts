import { setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff, halfJitterGenerator, type IBackoff } from 'cockatiel';

export interface BackoffOptions {
  /** The most that is waited the first time, in ms; it doubles each time. */
  delayMs: number;
  maxDelayMs: number;
}

/**
 * Exponential backoff with equal jitter: half of what a wait may be at most, and a random part of the other half. So
 * clients that failed together don't come back together, and several waits have a length that one can rely on (AWS
 * Architecture Blog, "Exponential Backoff And Jitter").
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
      new ExponentialBackoff({ initialDelay, maxDelay, generator: halfJitterGenerator }).next();
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
