import type { Logger } from 'pino';
import type { RecordList } from './record-list.js';

/** Of the retention period. Kinesis reports no more than about all of it, so that less must count. */
const TOO_FAR_BEHIND = 0.95;
/** Below this the shard has recovered. */
const RECOVERED = 0.9;
const HOUR_MS = 3_600_000;

/**
 * Reports a shard that is as far behind as its stream retains records: they expire before they are read, and Kinesis
 * continues at the oldest one without a word.
 */
export class RetentionWatch {
  readonly #retentionMs: number | undefined;
  readonly #logger: Logger;
  /** When the record arrived that was delivered last. */
  #last: Date | undefined;
  /** While it is too far behind. */
  #since: { readonly at: number; readonly from: Date | undefined } | undefined;

  /** @param retentionMs undefined for no reports */
  constructor(retentionMs: number | undefined, logger: Logger) {
    this.#retentionMs = retentionMs;
    this.#logger = logger;
  }

  /** A batch has come. */
  heard(records: RecordList, millisBehindLatest: number | undefined): void {
    const from = this.#last;
    const until = records.at(0)?.approximateArrivalTimestamp;
    this.#last = records.at(Math.max(0, records.length - 1))?.approximateArrivalTimestamp ?? from;
    const retentionMs = this.#retentionMs;
    if (retentionMs === undefined || millisBehindLatest === undefined) return;
    const share = millisBehindLatest / retentionMs;
    if (share >= TOO_FAR_BEHIND && this.#since === undefined) {
      this.#since = { at: performance.now(), from };
      this.#logger.warn(
        { millisBehindLatest, retentionHours: retentionMs / HOUR_MS, from, until },
        `the shard is ${hours(millisBehindLatest)} behind, and its stream retains records for ${hours(retentionMs)}: records expire before they are read${between(from, until)}. Add workers or make the handler quicker; the owner can raise the retention period`,
      );
    } else if (share < RECOVERED && this.#since !== undefined) {
      const { at, from: lastBefore } = this.#since;
      this.#since = undefined;
      const seconds = Math.round((performance.now() - at) / 1000);
      this.#logger.info(
        { millisBehindLatest, seconds, from: lastBefore, until },
        'the shard is within the retention period of its stream again; which records expired meanwhile is unknown',
      );
    }
  }
}

function between(from: Date | undefined, until: Date | undefined): string {
  if (from === undefined || until === undefined) return '';
  return `; those that arrived between ${from.toISOString()} and ${until.toISOString()} (${hours(until.getTime() - from.getTime())}) may have expired`;
}

function hours(ms: number): string {
  return `${(ms / HOUR_MS).toFixed(1)} h`;
}
