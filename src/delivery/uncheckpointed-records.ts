import { isAfter, type Position } from './position.js';

interface Lost {
  readonly last: Position;
  readonly records: number;
}

/**
 * The records that this worker has handled and could not checkpoint before it lost the lease of their shard: they come
 * again. Those that came again to this worker, and are checkpointed now, are not among them.
 */
export class UncheckpointedRecords {
  readonly #byShard = new Map<string, Lost>();

  /** The lease of the shard is lost with so many records, up to this one. */
  lost(stream: string, shard: string, last: Position, records: number): void {
    const key = `${stream} ${shard}`;
    const before = this.#byShard.get(key);
    if (before === undefined || isAfter(last, before.last)) this.#byShard.set(key, { last, records });
  }

  /** A checkpoint of the shard is stored that covers so many records more; without a position its end. */
  stored(stream: string, shard: string, position?: Position, records = 0): void {
    if (this.#byShard.size === 0) return;
    const key = `${stream} ${shard}`;
    const lost = this.#byShard.get(key);
    if (lost === undefined) return;
    if (position === undefined || !isAfter(lost.last, position)) this.#byShard.delete(key);
    // It was read again from its checkpoint on, so these are the first of those that were lost; the last is left.
    else this.#byShard.set(key, { ...lost, records: Math.max(1, lost.records - records) });
  }

  get shards(): number {
    return this.#byShard.size;
  }

  get records(): number {
    return [...this.#byShard.values()].reduce((sum, { records }) => sum + records, 0);
  }
}

/** @param where such as ` of 2 shards` */
export function comeAgain(records: number, where = ''): string {
  const one = records === 1;
  return `${records} handled record${one ? '' : 's'}${where} ${one ? 'was' : 'were'} not checkpointed and come${one ? 's' : ''} again`;
}
