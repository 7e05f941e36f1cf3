/** Raised for an event that this function was not set up for, before any of it is handled: Lambda keeps the whole batch. */
export class EventError extends Error {
  override readonly name = 'EventError';
  readonly code = 'XAK_EVENT';
}
