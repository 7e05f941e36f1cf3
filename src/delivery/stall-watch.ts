import type { Logger } from 'pino';
import type { KinesisRecord } from './record-handler.js';

type Doing = 'handling' | 'retrying' | 'giving up';

/**
 * Reports a shard that makes no progress. Progress is a handled record, or a batch that comes nearer to the newest
 * record; at the newest every batch is one, as KCL sends empty ones.
 */
export class StallWatch {
  readonly #limitMs: number;
  readonly #logger: Logger;
  readonly #emptyBatches: boolean;
  readonly #isReported: () => boolean;
  readonly #timer: NodeJS.Timeout | undefined;
  #progressAt = performance.now();
  #heardAt = this.#progressAt;
  #behind: number | undefined;
  #stalled = false;
  /** Undefined while the next batch is awaited. */
  #doing: Doing | undefined;
  #record: KinesisRecord | undefined;
  #attempt: number | undefined;

  /**
   * @param limitMs 0 for no reports
   * @param emptyBatches whether a batch comes even where there are no records, so that silence means something
   * @param isReported whether the silence is reported elsewhere, with its reason
   */
  constructor(limitMs: number, emptyBatches: boolean, logger: Logger, isReported = () => false) {
    this.#limitMs = limitMs;
    this.#emptyBatches = emptyBatches;
    this.#isReported = isReported;
    this.#logger = logger;
    if (limitMs > 0) this.#timer = setInterval(() => this.#look(), limitMs).unref();
  }

  /** A batch has come. */
  heard(millisBehindLatest: number | undefined): void {
    this.#heardAt = performance.now();
    const before = this.#behind;
    this.#behind = millisBehindLatest;
    if (!millisBehindLatest || before === undefined || millisBehindLatest < before) this.progress();
  }

  /** Called for every record, so it must cost next to nothing. */
  at(doing: Doing, record: KinesisRecord, attempt: number): void {
    this.#doing = doing;
    this.#record = record;
    this.#attempt = attempt;
  }

  /** The batch is finished. */
  waiting(): void {
    this.#doing = undefined;
    this.#record = undefined;
    this.#attempt = undefined;
    this.#heardAt = performance.now();
  }

  progress(now = performance.now()): void {
    this.#progressAt = now;
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#logger.info({ millisBehindLatest: this.#behind }, 'the shard makes progress again');
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const seconds = Math.round((now - this.#progressAt) / 1000);
    if (now - this.#progressAt < this.#limitMs) return;
    const silentMs = now - this.#heardAt;
    const reason = this.#reason(silentMs >= this.#limitMs);
    if (reason === undefined) return;
    this.#stalled = true;
    this.#logger.error(
      {
        sequenceNumber: this.#record?.sequenceNumber,
        attempt: this.#attempt,
        seconds,
        millisBehindLatest: this.#behind,
      },
      `no progress for ${seconds} s: ${reason}`,
    );
  }

  #reason(silent: boolean): string | undefined {
    switch (this.#doing) {
      case 'handling':
        return 'the handler is still at this record';
      case 'retrying':
        return 'the handler fails on this record';
      case 'giving up':
        return 'the record is given up, and on its way to the on-failure queue';
    }
    if (this.#isReported()) return undefined;
    const behind = (this.#behind ?? 0) > 0;
    if (silent && (behind || this.#emptyBatches)) {
      return 'KCL sends nothing; its last warnings say why, and `cross-account-kcl preflight` finds what is denied';
    }
    return behind && !silent ? 'KCL finds no records, although the shard is behind' : undefined;
  }
}
