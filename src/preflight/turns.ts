import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the caller may go; rejects when its turn comes, if the signal is aborted by then. */
export type Turn = (signal: AbortSignal) => Promise<void>;

/**
 * Takes turns: the first goes at once, each of the others so long after the one before has gone. Not after it should have:
 * what an event loop that was held up is late with would go all at once.
 */
export function turns(perSecond: number): Turn {
  let free: Promise<void> = Promise.resolve();
  return (signal) => {
    const turn = free.then(() => signal.throwIfAborted());
    free = turn.then(
      () => sleep(1000 / perSecond),
      () => {}, // It has not gone; its caller is told.
    );
    return turn;
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
