import type { FailureDestination } from '../delivery/failed-record.js';
import type { FailureQueue, FailureQueueOptions } from '../delivery/failure-queue.js';

/** The on-failure queue, whose SDK client is loaded with the first record that fails: it is most of a bundle. */
export function queueWhenUsed(options: FailureQueueOptions): FailureDestination {
  let queue: Promise<FailureQueue> | undefined;
  return {
    async send(failed, signal) {
      queue ??= import('../delivery/failure-queue.js').then(({ FailureQueue }) => new FailureQueue(options));
      await (await queue).send(failed, signal);
    },
  };
}
