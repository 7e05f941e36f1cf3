import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the caller may go; rejects if the signal is aborted before. */
export type Turn = (signal: AbortSignal) => Promise<void>;

/** Takes turns: the first goes at once, the others after it at this rate. */
export function turns(perSecond: number): Turn {
  let next = 0;
  return async (signal) => {
    const now = performance.now();
    const at = Math.max(now, next);
    next = at + 1000 / perSecond;
    if (at > now) await sleep(at - now, undefined, { signal });
  };
}

/**
 * Kinesis allows 10 DescribeStream and 20 DescribeStreamSummary a second for all of an account; the latter is called
 * twice a stream, for same-name too. A hundred streams have had their turns in time for a check's limit.
 */
const STREAMS_PER_SECOND = 9;

/** One for each call that is limited by account and not by stream. */
export interface StreamTurns {
  readonly summary: Turn;
  readonly sameName: Turn;
  readonly describe: Turn;
}

export function streamTurns(): StreamTurns {
  return {
    summary: turns(STREAMS_PER_SECOND),
    sameName: turns(STREAMS_PER_SECOND),
    describe: turns(STREAMS_PER_SECOND),
  };
}
