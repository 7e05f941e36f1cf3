import { setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff, fullJitterGenerator, halfJitterGenerator, type IBackoff } from 'cockatiel';

export interface BackoffOptions {
  /** The most that is waited the first time, in ms; it doubles each time. */
  delayMs: number;
  maxDelayMs: number;
  /** Which part of a wait is random. */
  jitter: 'full' | 'equal';
}

/**
 * Exponential backoff with jitter, so that clients that failed together don't come back together (AWS Architecture Blog,
 * "Exponential Backoff And Jitter"). With full jitter each wait is a random part of what it may be at most. With equal
 * jitter it is half of that and a random part of the other half, so that one can rely on the length of several waits.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #current: IBackoff<unknown> | undefined;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** How long to wait this time, in ms. */
  next(): number {
    const { delayMs: initialDelay, maxDelayMs: maxDelay, jitter } = this.#options;
    const generator = jitter === 'full' ? fullJitterGenerator : halfJitterGenerator;
    this.#current =
      this.#current?.next(undefined) ?? new ExponentialBackoff({ initialDelay, maxDelay, generator }).next();
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
