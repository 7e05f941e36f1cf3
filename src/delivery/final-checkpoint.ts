import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { CheckpointError } from './position.js';

/** Waits between the attempts, in ms: about 6 s together. */
const WAITS_MS = [100, 200, 400, 800, 1600, 3200];

/**
 * Makes a checkpoint that must not be missed, in several attempts.
 *
 * @param gone aborted when the lease or the connection is: trying again is no use then
 * @param limited whether it may be given up after the last of the waits; else it goes on with that wait
 * @returns nothing if it is stored; the refusal if the lease is lost, so that it is another worker's to make
 * @throws the last attempt's error
 */
export async function insist(
  attempt: () => Promise<void>,
  logger: Logger,
  gone: AbortSignal,
  limited: () => boolean = () => true,
): Promise<CheckpointError | undefined> {
  for (let attempts = 0; ; attempts++) {
    try {
      await attempt();
      return undefined;
    } catch (error) {
      if (error instanceof CheckpointError && error.leaseLost) {
        // The next worker starts at the last checkpoint: records come again, none is lost.
        logger.warn({ err: error }, 'checkpoint refused: the lease is lost');
        return error;
      }
      const invalid = error instanceof CheckpointError && error.invalid;
      const wait = WAITS_MS[attempts] ?? (limited() ? undefined : WAITS_MS.at(-1));
      if (wait === undefined || invalid || gone.aborted) throw error;
      logger.warn({ err: error, retryInMs: wait }, 'checkpoint failed, trying again');
      await sleep(wait);
    }
  }
}
