import type { Logger } from 'pino';
import type { StreamArn } from '../aws/arn.js';
import type { AttemptOptions } from '../delivery/delivery-options.js';
import { UNOBSERVED } from '../delivery/observer.js';
import type { KinesisRecord } from '../delivery/record-handler.js';
import { RecordLoop } from '../delivery/record-loop.js';
import { Shard } from '../delivery/shard.js';
import type { ShardHandler } from '../delivery/shard-handler.js';
import { StallWatch } from '../delivery/stall-watch.js';
import type { Deadline } from './deadline.js';

/** How far a batch was handled. */
export interface BatchOutcome {
  /** So many records are handled, from the first on. */
  readonly handled: number;
  /** So many were handed to the handler, from the first on. */
  readonly begun: number;
  /** Why the one behind the handled ones is not; undefined if there is none. */
  readonly error: unknown;
  /** What a handler still does that did not end although its signal was aborted. */
  readonly atWork: Promise<unknown> | undefined;
}

export interface BatchOptions {
  readonly handler: ShardHandler;
  readonly stream: StreamArn;
  readonly shard: string;
  readonly logger: Logger;
  readonly options: AttemptOptions;
  readonly deadline: Deadline;
}

/** Hands the records of one batch to the handler, in order, until one stops it or the time is over. Never rejects. */
export async function handleShardBatch(
  records: readonly KinesisRecord[],
  { handler, stream, shard: id, logger, options, deadline }: BatchOptions,
): Promise<BatchOutcome> {
  const { aborting } = deadline;
  let handled = 0;
  let begun = 0;
  const watched = new WatchedHandler(handler, (count) => {
    // A batch that failed is handed over again in smaller ones.
    begun = Math.max(begun, handled + count);
  });
  const watch = new StallWatch(0, false, logger);
  const shard = new Shard(stream, id, logger, watch, UNOBSERVED.shardTaken(stream, id));
  const loop = new RecordLoop(shard, watched, options, {
    handled: (_last, count) => {
      handled += count;
    },
    turn: () => {},
  });
  const abort = () => shard.move('disconnected', aborting.reason);
  if (aborting.aborted) abort();
  aborting.addEventListener('abort', abort);
  const ended = loop.run(records, undefined, noCheckpoints).then(
    (left) => ({ error: left === 0 ? undefined : aborting.reason }),
    (error: unknown) => ({ error }),
  );
  const end = await Promise.race([ended, deadline.over]);
  aborting.removeEventListener('abort', abort);
  const { error } = end === 'over' ? { error: aborting.reason } : end;
  return { handled, begun, error, atWork: watched.atWork };
}

/** A handler that knows whether it is at work. */
class WatchedHandler implements ShardHandler {
  readonly batchSize: number;
  atWork: Promise<unknown> | undefined;
  readonly #handler: ShardHandler;

  readonly #onBatch: (records: number) => void;

  constructor(handler: ShardHandler, onBatch: (records: number) => void) {
    this.#handler = handler;
    this.#onBatch = onBatch;
    this.batchSize = handler.batchSize;
  }

  handle(...input: Parameters<ShardHandler['handle']>): ReturnType<ShardHandler['handle']> {
    this.#onBatch(input[0].length);
    const work = this.#handler.handle(...input);
    const done = () => {
      if (this.atWork === work) this.atWork = undefined;
    };
    this.atWork = work;
    work?.then(done, done);
    return work;
  }
}

async function noCheckpoints(): Promise<never> {
  throw new Error('there are no checkpoints under Lambda: its event source mapping makes them');
}
