import type { AttemptOptions } from '../delivery/delivery-options.js';
import { ABORT_GRACE_MS } from '../delivery/time-limit.js';

/**
 * Why `skip` and `send` can't take effect on a record whose handler takes too long: the invocation is over before its last
 * attempt is.
 *
 * @param availableMs until an invocation aborts what is at hand
 * @returns undefined if they can, or if neither is set
 */
export function timeNotice(options: AttemptOptions, availableMs: number): string | undefined {
  const { handlerTimeoutMs, maxAttempts, onFailure } = options;
  if (onFailure === 'stop') return undefined;
  const say = (reason: string, remedy: string) =>
    `a record whose handler takes too long may never be given up, whatever ON_FAILURE says: ${reason}, and an invocation ` +
    `has ${Math.floor(availableMs)} ms; ${remedy}`;
  if (handlerTimeoutMs === 0) return say('HANDLER_TIMEOUT_MS is 0, which is without end', 'give it an end');
  const neededMs = attemptsMs(options);
  if (neededMs < availableMs) return undefined;
  return say(
    `its attempts may take ${neededMs} ms (MAX_ATTEMPTS ${maxAttempts} × HANDLER_TIMEOUT_MS ${handlerTimeoutMs} and ` +
      `${ABORT_GRACE_MS} to end, with the pauses between)`,
    "lower them, or raise the function's timeout",
  );
}

/** The most that the attempts at a record can take, with full pauses between them. */
function attemptsMs({
  handlerTimeoutMs,
  maxAttempts,
  retryDelayMs,
  retryMaxDelayMs,
}: AttemptOptions): number {
  let ms = maxAttempts * (handlerTimeoutMs + ABORT_GRACE_MS);
  if (retryDelayMs === 0) return ms;
  let pauses = maxAttempts - 1;
  for (let pause = retryDelayMs; pauses > 0 && pause < retryMaxDelayMs; pause *= 2) {
    ms += pause;
    pauses--;
  }
  return ms + pauses * retryMaxDelayMs;
}
