import type { StreamArn } from '../aws/arn.js';
import type { DeliveryObserver, ShardObserver } from '../delivery/observer.js';
import { StreamDurations } from './buckets.js';
import { ShardTally } from './shard-tally.js';

/** How long a shard that was left is still shown, in ms: so that every scraper has its last counts. */
export const KEPT_MS = 300_000;

/** The shards that this worker reads, or has read until a moment ago. */
export class ShardBoard implements DeliveryObserver {
  readonly #tallies = new Map<string, ShardTally>();
  readonly #durations = new Map<string, StreamDurations>();
  #retention: ReadonlyMap<string, number> = new Map();

  /** @param byStream how long each stream retains records, in ms, by its ARN */
  retention(byStream: ReadonlyMap<string, number>): void {
    this.#retention = byStream;
  }

  /** @param now in ms since 1970 */
  shardTaken(stream: StreamArn, shard: string, now = Date.now()): ShardObserver {
    this.#drop(now);
    const key = `${stream.arn} ${shard}`;
    const tally = this.#tallies.get(key) ?? new ShardTally(stream, shard, this.#durationsOf(stream));
    tally.retentionMs = this.#retention.get(stream.arn);
    this.#tallies.set(key, tally);
    return tally.taken();
  }

  /** In the order of streams and shards; those left for longer than KEPT_MS are dropped. */
  tallies(now = Date.now()): ShardTally[] {
    this.#drop(now);
    const keys = [...this.#tallies.keys()].sort();
    return keys.map((key) => this.#tallies.get(key) as ShardTally);
  }

  /** Of every stream that this worker has had a shard of. */
  durations(): StreamDurations[] {
    return [...this.#durations.values()];
  }

  #durationsOf(stream: StreamArn): StreamDurations {
    const durations = this.#durations.get(stream.arn) ?? new StreamDurations(stream);
    this.#durations.set(stream.arn, durations);
    return durations;
  }

  #drop(now: number): void {
    for (const [key, { left }] of this.#tallies) {
      if (left !== undefined && now - left.at > KEPT_MS) this.#tallies.delete(key);
    }
  }

  get leasesHeld(): number {
    return [...this.#tallies.values()].filter(({ left }) => left === undefined).length;
  }
}
