import type { AttemptOptions } from '../delivery/delivery-options.js';

/**
 * Why `skip` and `send` can't take effect on a record that hangs: the invocation is over before its last attempt is.
 *
 * @param availableMs until an invocation aborts what is at hand
 * @returns undefined if they can, or if neither is set
 */
export function timeNotice(
  { handlerTimeoutMs, maxAttempts, onFailure }: AttemptOptions,
  availableMs: number,
): string | undefined {
  const neededMs = handlerTimeoutMs === 0 ? Number.POSITIVE_INFINITY : handlerTimeoutMs * maxAttempts;
  if (onFailure === 'stop' || neededMs < availableMs) return undefined;
  return (
    `a record whose handler hangs is never given up, whatever ON_FAILURE says: HANDLER_TIMEOUT_MS is ${handlerTimeoutMs}` +
    `${handlerTimeoutMs === 0 ? ', which is without end' : ''}, MAX_ATTEMPTS ${maxAttempts}, and an invocation has ` +
    `${Math.floor(availableMs)} ms; expected HANDLER_TIMEOUT_MS × MAX_ATTEMPTS below that: lower them, or raise the ` +
    "function's timeout"
  );
}
