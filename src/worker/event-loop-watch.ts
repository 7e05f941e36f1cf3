import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import type { Logger } from '../log/logger.js';

/** How often the delay is looked at, in ms. */
const PERIOD_MS = 10_000;
/** From here on it is reported, in ms. */
const REPORT_FROM_MS = 1_000;
const NS_PER_MS = 1e6;
/** It holds next to nothing. */
const SMALL = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };

/**
 * Watches over the event loop, which every shard and the signals need: reports when it was late, and ends the process
 * if the handler keeps it for longer than its time limit, as no timer of this thread could notice.
 */
export class EventLoopWatch {
  readonly #logger: Logger;
  readonly #delay = monitorEventLoopDelay({ resolution: 20 });
  readonly #timer: NodeJS.Timeout;
  readonly #beat: NodeJS.Timeout | undefined;
  readonly #watchdog: Worker | undefined;
  #lastMaxMs = 0;

  /** @param limitMs the handler's time limit; 0 for none, and then nothing ends the process */
  constructor(limitMs: number, logger: Logger) {
    this.#logger = logger;
    this.#delay.enable();
    this.#timer = setInterval(() => this.#report(), PERIOD_MS).unref();
    if (limitMs === 0) return;
    const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const periodMs = Math.min(1_000, Math.ceil(limitMs / 4));
    this.#beat = setInterval(() => Atomics.add(beats, 0, 1), periodMs).unref();
    const file = new URL('./event-loop-watchdog.js', import.meta.url);
    this.#watchdog = new Worker(file, {
      workerData: { beats, limitMs, periodMs },
      resourceLimits: SMALL,
      // Flags of the main thread are not for it, those of NODE_OPTIONS neither: what an --import loads has no room in it.
      execArgv: [],
      env: {},
    });
    this.#watchdog.unref();
    this.#watchdog.on('error', (err) => logger.error({ err }, 'the watchdog of the event loop has failed'));
  }

  /** The longest delay in the last 10 to 20 s, in ms. */
  get maxMs(): number {
    return Math.max(this.#lastMaxMs, this.#delay.max / NS_PER_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    clearInterval(this.#beat);
    this.#delay.disable();
    void this.#watchdog?.terminate();
  }

  #report(): void {
    const maxMs = Math.round(this.#delay.max / NS_PER_MS);
    this.#lastMaxMs = maxMs;
    if (maxMs >= REPORT_FROM_MS) {
      const meanMs = Math.round(this.#delay.mean / NS_PER_MS);
      const p99Ms = Math.round(this.#delay.percentile(99) / NS_PER_MS);
      this.#logger.warn(
        { maxMs, p99Ms, meanMs, periodMs: PERIOD_MS },
        'the event loop was blocked, and every shard waited: long computing belongs into a worker thread',
      );
    }
    this.#delay.reset();
  }
}
