import { setTimeout as sleep } from 'node:timers/promises';
import type { Checkpoints } from './checkpoints.js';
import { CheckpointError, type Position } from './position.js';
import type { Shard } from './shard.js';
import type { ShardLifecycle } from './shard-handler.js';

/** Between attempts, in ms: about 6 s together. */
const WAITS_MS = [100, 200, 400, 800, 1600, 3200];

/**
 * Checkpoints that must not be missed, in several attempts: the last one of a shard, and those that a record processor
 * makes itself. Where no record processor does, this makes the shard's checkpoints.
 */
export class LastCheckpoints implements ShardLifecycle {
  readonly #shard: Shard;
  readonly #checkpoints: Checkpoints;

  constructor(shard: Shard, checkpoints: Checkpoints) {
    this.#shard = shard;
    this.#checkpoints = checkpoints;
  }

  handled(last: Position, records: number): void {
    this.#checkpoints.handled(last, records);
  }

  /** Of what is handled, if that is not stored yet. */
  async shutdownRequested(): Promise<void> {
    const { newest } = this.#checkpoints;
    if (newest !== undefined) await this.retryUntilStored(newest);
  }

  async shardEnded(): Promise<void> {
    const { records } = this.#checkpoints;
    await this.retryUntilStored(undefined);
    this.#shard.logger.info({ records }, 'shard ended, checkpointed');
  }

  /**
   * @param position undefined for the shard's end
   * @param limited whether the last of the waits is the last; else others as long follow it
   * @throws CheckpointError the last attempt's, or at once if the lease is lost or KCL does not take the position
   */
  async retryUntilStored(position: Position | undefined, limited = () => true): Promise<void> {
    for (let attempts = 0; ; attempts++) {
      try {
        return await this.#checkpoints.storeAt(position);
      } catch (err) {
        const refused = err instanceof CheckpointError && (err.leaseLost || err.invalid);
        const retryInMs = WAITS_MS[attempts] ?? (limited() ? undefined : WAITS_MS.at(-1));
        if (refused || retryInMs === undefined || this.#shard.over.aborted) throw err;
        this.#shard.logger.warn({ err, retryInMs }, 'checkpoint failed, trying again');
        await sleep(retryInMs);
      }
    }
  }
}
