import { setMaxListeners } from 'node:events';

/**
 * A signal that is aborted after this time, or with the other signal. Without one AbortSignal.timeout() does the same.
 * In Node.js 20 an AbortSignal.any() of an AbortSignal.timeout() is never aborted once the garbage collector has run:
 * nothing else holds the latter.
 */
export function deadlineSignal(ms: number, other?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  // Each of many calls listens.
  setMaxListeners(0, signal);
  const abort = () => controller.abort();
  setTimeout(abort, ms).unref();
  if (other?.aborted) abort();
  other?.addEventListener('abort', abort, { once: true });
  return signal;
}

/**
 * Waits for work that takes no signal. At the time limit the work goes on, and its result is ignored.
 *
 * @param onTimeout gives what to return at the time limit, or throws
 */
export async function withTimeout<T, L>(work: Promise<T>, ms: number, onTimeout: () => L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  }).then(onTimeout);
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
