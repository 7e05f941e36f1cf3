import type { Logger } from 'pino';
import type { StreamArn } from '../aws/arn.js';
import type { KinesisRecord, RecordContext } from './record-handler.js';
import type { Shard } from './shard.js';

/** What a handler is told with one or several records; of one attempt. */
export class Attempt implements RecordContext {
  readonly stream: StreamArn;
  readonly shard: string;
  readonly #shard: Shard;
  readonly #first: KinesisRecord;
  // Made when asked for: most handlers use neither, and each costs more than the call.
  #logger: Logger | undefined;
  #controller: AbortController | undefined;
  #aborted: Error | undefined;

  constructor(
    shard: Shard,
    first: KinesisRecord,
    readonly attempt: number,
    readonly millisBehindLatest: number | undefined,
  ) {
    this.stream = shard.stream;
    this.shard = shard.id;
    this.#shard = shard;
    this.#first = first;
  }

  get account(): string {
    return this.stream.account;
  }

  get logger(): Logger {
    this.#logger ??= this.#shard.logger.child({ sequenceNumber: this.#first.sequenceNumber });
    return this.#logger;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#aborted);
    }
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#aborted ??= reason;
    this.#controller?.abort(reason);
  }
}
