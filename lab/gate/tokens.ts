import { AwsError } from './aws-error.js';

/** Iterators live for 5 minutes; more than this many are not in use in a lab. */
const LIMIT = 100_000;

/** Which stream a shard iterator, or a token of a further page, was given out for. */
export class Tokens {
  readonly #streams = new Map<string, string>();

  note(token: unknown, streamArn: string): void {
    if (typeof token !== 'string') return;
    this.#streams.set(token, streamArn);
    if (this.#streams.size > LIMIT) {
      for (const oldest of this.#streams.keys()) {
        this.#streams.delete(oldest);
        break;
      }
    }
  }

  /** @throws AwsError for one that was not given out here: the emulator's own would open any stream */
  streamOf(token: string): string {
    const streamArn = this.#streams.get(token);
    if (streamArn === undefined) {
      throw new AwsError('InvalidArgumentException', 'the iterator or token was not given out by the gate');
    }
    return streamArn;
  }
}
