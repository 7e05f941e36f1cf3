import { setTimeout as sleep } from 'node:timers/promises';

export interface BackoffOptions {
  /** The longest first wait, in ms; it doubles each time. */
  delayMs: number;
  maxDelayMs: number;
  /** Which part of a wait is random. */
  jitter: 'full' | 'equal';
}

/**
 * Exponential backoff with jitter, so that clients that failed together don't come back together (AWS Architecture Blog,
 * "Exponential Backoff And Jitter"). With full jitter each wait is a random part of the longest one. With equal jitter it
 * is half of that and a random part of the other half, so that the length of several waits is predictable.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #longest: number;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#longest = options.delayMs;
  }

  /** How long to wait this time, in ms. */
  next(): number {
    const { maxDelayMs, jitter } = this.#options;
    const longest = Math.min(this.#longest, maxDelayMs);
    this.#longest = longest * 2;
    const shortest = jitter === 'full' ? 0 : longest / 2;
    return Math.floor(shortest + Math.random() * (longest - shortest));
  }

  reset(): void {
    this.#longest = this.#options.delayMs;
  }
}

/** Waits; less if the signal is aborted. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
