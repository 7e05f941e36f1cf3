import { cut } from '../errors/cut.js';

const MAX_MESSAGE = 2_000;

/** Raised for an event that this function was not set up for, before any of it is handled: Lambda keeps the whole batch. */
export class EventError extends Error {
  override readonly name = 'EventError';
  readonly code = 'XAK_EVENT';

  /** @param message shortened: an event of 6 MB may be in it, and Lambda's answers end at 6 MB */
  constructor(message: string) {
    super(cut(message, MAX_MESSAGE));
  }
}
