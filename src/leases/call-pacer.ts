import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the next call may be made; rejects instead if the signal is aborted by then. */
export type CallPacer = (signal?: AbortSignal) => Promise<void>;

/**
 * Spaces out calls: the first is made at once, each of the others an interval after the one before. The interval starts at
 * the previous call, so a stalled event loop causes no burst.
 */
export function callPacer(perSecond: number): CallPacer {
  let free: Promise<void> = Promise.resolve();
  return (signal) => {
    const turn = free.then(() => signal?.throwIfAborted());
    free = turn.then(
      () => sleep(1000 / perSecond),
      () => {}, // No call was made; the caller gets the rejection.
    );
    return turn;
  };
}

/**
 * Kinesis allows 10 DescribeStream and 20 DescribeStreamSummary calls a second for all of an account; preflight makes the
 * latter twice for each stream, for same-name too. At this rate a hundred streams are described within a check's time limit.
 */
export const STREAMS_PER_SECOND = 9;
