import { AwsError } from './aws-error.js';

/** Iterators live for 5 minutes; more than this many are not in use in a lab. */
const LIMIT = 100_000;

interface Origin {
  readonly streamArn: string;
  /** Of an iterator. */
  readonly shardId: unknown;
}

/** Which stream and shard an iterator, or a token of a further page, was given out for. */
export class Tokens {
  readonly #streams = new Map<string, Origin>();

  note(token: unknown, streamArn: string, shardId?: unknown): void {
    if (typeof token !== 'string') return;
    this.#streams.set(token, { streamArn, shardId });
    if (this.#streams.size > LIMIT) {
      for (const oldest of this.#streams.keys()) {
        this.#streams.delete(oldest);
        break;
      }
    }
  }

  /** @throws AwsError for one that was not given out here: the emulator's own would open any stream */
  streamOf(token: string): string {
    const origin = this.#streams.get(token);
    if (origin === undefined) {
      throw new AwsError('InvalidArgumentException', 'the iterator or token was not given out by the gate');
    }
    return origin.streamArn;
  }

  shardOf(iterator: unknown): string {
    return String(this.#streams.get(String(iterator))?.shardId);
  }
}
