/** How long before Lambda's own deadline the record at hand is aborted, in ms; of a shorter time a quarter. */
const MARGIN_MS = 1_000;

/** Raised as the reason of a record's signal when Lambda is about to end the invocation. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  readonly code = 'XAK_DEADLINE';
}

export interface Deadline {
  /** How long `aborting` was away at first, in ms. */
  readonly abortsInMs: number;
  /** Aborted while there is still time to end: what is handled from then on is handled twice. */
  readonly aborting: AbortSignal;
  /** Resolves shortly before Lambda ends the process: what is not reported by then is not reported at all. */
  readonly over: Promise<'over'>;
  clear(): void;
}

/** @param remainingMs until Lambda ends the invocation */
export function deadlineIn(remainingMs: number): Deadline {
  const marginMs = Math.min(MARGIN_MS, remainingMs / 4);
  const aborting = new AbortController();
  const reason = () =>
    new DeadlineError(
      `the function's timeout is near: ${Math.round(marginMs)} ms before it what is at hand is aborted`,
    );
  const first = setTimeout(() => aborting.abort(reason()), remainingMs - marginMs);
  let second: NodeJS.Timeout | undefined;
  const over = new Promise<'over'>((resolve) => {
    second = setTimeout(resolve, remainingMs - marginMs / 2, 'over');
  });
  return {
    abortsInMs: remainingMs - marginMs,
    aborting: aborting.signal,
    over,
    clear() {
      clearTimeout(first);
      clearTimeout(second);
    },
  };
}
