import { consumerCommands } from '../aws/consumer-commands.js';
import { isNamed } from '../aws/known-errors/known-errors.js';
import type { Logger } from '../log/logger.js';
import { type CallFailure, failureText, type HeldLeases, type UnreadShard } from './held-leases.js';

/** How often it looks; no line comes more often than once in the limit. */
const LOOK_MS = 1_000;

export interface ReadWatchOptions {
  /** Above 0. */
  readonly limitMs: number;
  /** The registered consumer's ARN of each stream that is read by fan-out, by the stream's ARN. */
  readonly consumers: ReadonlyMap<string, string>;
}

/**
 * Reports a held lease whose shard is not read, with AWS's reason, once it has lasted for the limit, and again each time
 * that long; and in the same way calls of DynamoDB that fail, without which KCL finds no lease and renews none.
 */
export class ReadWatch {
  readonly #leases: HeldLeases;
  readonly #options: ReadWatchOptions;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  /** When each was last reported. */
  #reported = new Map<string, number>();

  constructor(leases: HeldLeases, options: ReadWatchOptions, logger: Logger) {
    this.#leases = leases;
    this.#options = options;
    this.#logger = logger;
    this.#timer = setInterval(() => this.look(), Math.min(LOOK_MS, options.limitMs)).unref();
  }

  /** Whether this reports the shard, or is going to. */
  isUnread(stream: string, shard: string): boolean {
    return this.#leases.find(stream, shard)?.state === 'not read';
  }

  close(): void {
    clearInterval(this.#timer);
  }

  look(now = performance.now()): void {
    const reported = new Map<string, number>();
    const report = (key: string, ms: number, line: (seconds: number) => void) => {
      const before = this.#reported.get(key);
      if (before !== undefined) reported.set(key, before);
      if (ms < this.#options.limitMs || now - (before ?? Number.NEGATIVE_INFINITY) < this.#options.limitMs)
        return;
      reported.set(key, now);
      line(Math.round(ms / 1000));
    };
    for (const unread of this.#leases.unread(now)) {
      const { stream, shard } = unread.lease;
      report(`${stream} ${shard}`, unread.ms, (seconds) => this.#logShard(unread, seconds));
    }
    for (const call of this.#leases.failingCalls) {
      if (call.service === 'Kinesis' || call.credentials) continue; // said for each shard; by the launcher
      report(`${call.service} ${call.operation}`, Date.now() - call.since, (seconds) =>
        this.#logger.error(
          {
            service: call.service,
            operation: call.operation,
            errorCode: call.code,
            failures: call.count,
            seconds,
          },
          `${call.service} fails for ${seconds} s, ${times(call)}: ${failureText(call)}`,
        ),
      );
    }
    for (const key of this.#reported.keys()) {
      if (reported.has(key)) continue;
      const [stream = '', shard] = key.split(' ');
      if (this.#leases.find(stream, shard ?? '')?.state !== 'read') continue;
      this.#logger.info({ stream, shard }, 'the shard is read again');
    }
    this.#reported = reported;
  }

  #logShard({ lease: { stream, shard, initialized, failure } }: UnreadShard, seconds: number): void {
    const reason =
      failure === undefined
        ? `KCL has not ${initialized ? 'read' : 'initialized'} it; its last warnings say why`
        : `${failureText(failure)} (${times(failure)})${this.#remedy(stream, failure)}`;
    this.#logger.error(
      {
        stream,
        shard,
        operation: failure?.operation,
        errorCode: failure?.code,
        failures: failure?.count,
        seconds,
      },
      `no progress for ${seconds} s: the lease of ${shard} is held, and the shard is not read: ${reason}`,
    );
  }

  #remedy(stream: string, { operation, code }: CallFailure): string {
    if (!isNamed({ name: code }, 'denied')) return '';
    const consumer = this.#options.consumers.get(stream);
    if (operation !== 'SubscribeToShard' || consumer === undefined) {
      return '. `cross-account-kcl preflight` says whose policy must change';
    }
    return `. ${deletedConsumerText(stream, consumer)}`;
  }
}

/** A consumer's policy is deleted with it, so that its reader can't tell the two apart. */
function deletedConsumerText(stream: string, consumer: string): string {
  const [look, list] = consumerCommands(consumer, stream, stream.split(':')[3] ?? '');
  return (
    "Either the consumer's policy does not allow it any more, or the owner has deleted the consumer, and its policy with it. " +
    `The owner can check with: ${look} (and which there are: ${list})`
  );
}

function times({ count }: CallFailure): string {
  return count === 1 ? 'once' : `${count} times`;
}
