import type { Logger } from 'pino';
import type { StreamArn } from '../aws/arn.js';
import type { ShardObserver } from './observer.js';
import type { StallWatch } from './stall-watch.js';

/** Where a shard is, from the taking of its lease on. */
export type ShardState =
  /** Its records are handed to the handler. */
  | 'delivering'
  /** The record at hand is the last one: the worker stops, or the lease goes to another worker. */
  | 'leaving'
  /** Records were left, or one failed, and the next worker gets them: the shard's end must not be checkpointed. */
  | 'unfinished'
  /** Nothing more of it counts here. */
  | ShardOver;
export type ShardOver = 'shard ended' | 'lease lost' | 'disconnected';

const OVER: readonly ShardOver[] = ['shard ended', 'lease lost', 'disconnected'];

/** What may follow each state: none comes back. */
export const FOLLOWS: Readonly<Record<ShardState, readonly ShardState[]>> = {
  delivering: ['leaving', 'unfinished', ...OVER],
  leaving: ['unfinished', ...OVER],
  unfinished: OVER,
  'shard ended': [],
  'lease lost': [],
  disconnected: [],
};

/** One shard while this worker has its lease. */
export class Shard {
  #state: ShardState = 'delivering';
  #leavingBecause: 'handed over' | 'worker stopping' | undefined;
  readonly #leaving = new AbortController();
  readonly #over = new AbortController();
  /** Aborted when the handler gets no other record. */
  readonly leaving: AbortSignal = this.#leaving.signal;
  /** Aborted when nothing more of the shard counts here; the handler's signal gets its reason. */
  readonly over: AbortSignal = this.#over.signal;

  /** @param logger adds stream and shard to every line */
  constructor(
    readonly stream: StreamArn,
    readonly id: string,
    readonly logger: Logger,
    readonly watch: StallWatch,
    readonly observer: ShardObserver,
  ) {}

  get state(): ShardState {
    return this.#state;
  }

  leave(because: 'handed over' | 'worker stopping'): void {
    this.#leavingBecause ??= because;
    this.move('leaving');
  }

  /** Changes the state, if the new one may follow. */
  move(to: ShardState, reason = new Error('the lease of the shard is lost, or the connection to KCL')): void {
    if (!FOLLOWS[this.#state].includes(to)) return;
    this.#state = to;
    if (isOver(to)) {
      this.observer.left(this.#leavingBecause ?? to);
      this.watch.close();
      this.#over.abort(reason);
    }
    this.#leaving.abort();
  }
}

function isOver(state: ShardState): state is ShardOver {
  return (OVER as readonly ShardState[]).includes(state);
}
