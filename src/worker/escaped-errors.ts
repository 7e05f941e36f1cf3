import type { Logger } from 'pino';
import { reasonOf } from '../delivery/failed-record.js';
import { HandlerError } from '../errors/errors.js';

/**
 * Errors that a record handler throws or rejects where nothing waits for it, such as in a timer: no record can be told
 * to have failed, and what the process holds may be broken. They end the worker as a failed handler does, without
 * checkpoints.
 */
export class EscapedErrors {
  /** Rejects with the first of them. */
  readonly first: Promise<never>;
  #reject: (error: HandlerError) => void = () => {};
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.first = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.first.catch(() => {}); // there may be nobody to hear it any more
    process.on('uncaughtException', this.#onError);
    process.on('unhandledRejection', this.#onError);
  }

  close(): void {
    process.removeListener('uncaughtException', this.#onError);
    process.removeListener('unhandledRejection', this.#onError);
  }

  #onError = (cause: unknown): void => {
    const error = escapedError(cause);
    this.#logger.fatal({ err: cause }, error.message);
    this.#reject(error);
  };
}

export function escapedError(cause: unknown): HandlerError {
  return new HandlerError(`an error escaped from the record handler: ${reasonOf(cause)}`, {
    remedy:
      'Await every promise in the handler, and catch what timers and events throw. The log has the stack.',
    cause,
  });
}
