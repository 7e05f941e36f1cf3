import { setTimeout as sleep } from 'node:timers/promises';

/** How long work may take to notice that its signal is aborted, in ms. */
export const ABORT_GRACE_MS = 5_000;

/** Work took longer than handlerTimeoutMs, and ended once its signal was aborted. */
export class HandlerTimeout extends Error {
  override readonly name: string = 'HandlerTimeout';
}

/** It did not end even then: another attempt would run beside it. */
export class HandlerHangs extends HandlerTimeout {
  override readonly name = 'HandlerHangs';
}

/**
 * Waits for a handler's work.
 *
 * @param limitMs 0 for none
 * @param abort aborts the work's signal
 * @throws HandlerTimeout | HandlerHangs, or what the work rejects with
 */
export async function within<T>(
  limitMs: number,
  work: Promise<T>,
  abort?: (reason: Error) => void,
): Promise<T> {
  if (limitMs === 0) return work;
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<'expired'>((resolve) => {
    timer = setTimeout(resolve, limitMs, 'expired');
  });
  try {
    const first = await Promise.race([work, expired]);
    if (first !== 'expired') return first as T;
  } finally {
    clearTimeout(timer);
  }
  const timeout = new HandlerTimeout(`it took longer than ${limitMs} ms (handlerTimeoutMs)`);
  abort?.(timeout);
  const settled = work.then(
    () => true,
    () => true,
  );
  if (await Promise.race([settled, sleep(ABORT_GRACE_MS, false)])) throw timeout;
  throw new HandlerHangs(
    `${timeout.message} and did not end within ${ABORT_GRACE_MS} ms after its signal was aborted, ` +
      'so that another attempt would run beside it',
  );
}
