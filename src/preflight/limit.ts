import { setMaxListeners } from 'node:events';

/**
 * Aborted after this time, or with the other signal. In Node.js 20 an AbortSignal.any of an AbortSignal.timeout never is
 * once the garbage collector has run: nothing else holds the latter.
 */
export function limited(ms: number, other?: AbortSignal): AbortSignal {
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
