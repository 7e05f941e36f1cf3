import { setTimeout as sleep } from 'node:timers/promises';
import { AccessError, PolicyError } from '../../errors/errors.js';
import type { PolicyStore } from './policy-store.js';

export interface ActiveWait {
  /** Called with a line for each status that is waited for. */
  readonly onWait?: (text: string) => void;
  /** Called for each that is being deleted, which is then not waited for. Without it that is an error. */
  readonly onDeleting?: (store: PolicyStore) => void;
  /** Called for each whose status can't be read, which is then not waited for. Without it that is an error. */
  readonly onUnknown?: (store: PolicyStore, error: AccessError) => void;
  /** For all of them together: a minute unless given. */
  readonly limitMs?: number;
  readonly pauseMs?: number;
}

/**
 * Waits until the stream and its consumer accept policies. PutResourcePolicy and DeleteResourcePolicy are refused unless
 * the stream or consumer is ACTIVE (Kinesis API reference, ResourceInUseException): a consumer is not for some seconds
 * after it was registered, nor a stream while it is resharded or its encryption changes.
 *
 * @throws PolicyError when one is being deleted, unless `onDeleting` is given; AccessError at the time limit, or when a status can't be read, unless `onUnknown` is given
 */
export async function waitUntilActive(
  stores: readonly PolicyStore[],
  { onWait = () => {}, onDeleting, onUnknown, limitMs = 60_000, pauseMs = 1_000 }: ActiveWait = {},
): Promise<void> {
  const end = performance.now() + limitMs;
  for (const store of stores) {
    const what = `the ${store.target} ${store.arn}`;
    let reported: string | undefined;
    for (;;) {
      const status = await statusOf(store, onUnknown);
      if (status === 'ACTIVE') break;
      if (status === 'DELETING' && onDeleting) {
        onDeleting(store);
        break;
      }
      if (status === 'DELETING') {
        throw new PolicyError(`${what} is being deleted, and its policy with it: nothing was written`, {
          remedy: 'One that is created again has another ARN if it is a consumer, and no policy in any case.',
        });
      }
      if (performance.now() >= end) {
        throw new AccessError(
          `${what} is still ${status} after ${limitMs / 1000} s: its policy was not written`,
          {
            remedy: 'AWS accepts its policy only while it is ACTIVE. Run the command again later.',
          },
        );
      }
      if (status !== reported)
        onWait(`waiting: ${what} is ${status}, and accepts a policy only when it is ACTIVE`);
      reported = status;
      await sleep(pauseMs);
    }
  }
}

async function statusOf(store: PolicyStore, onUnknown: ActiveWait['onUnknown']): Promise<string> {
  try {
    return (await store.status?.()) ?? 'ACTIVE';
  } catch (error) {
    if (!onUnknown || !(error instanceof AccessError)) throw error;
    onUnknown(store, error);
    return 'ACTIVE';
  }
}
