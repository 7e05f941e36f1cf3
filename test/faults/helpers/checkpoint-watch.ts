import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../../lab/lab.js';
import type { Lease } from '../../../src/leases/lease-table.js';
import { readLeaseTable, tableLookups } from '../../../src/leases/lease-table-reader.js';
import type { Stored } from '../judge.js';

const EVERY_MS = 250;

/** Looks into the lease table all the time, past the gate, and notes each checkpoint that it finds stored. */
export class CheckpointWatch {
  readonly stored: Stored[] = [];
  readonly #read: () => Promise<Lease[]>;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  constructor(lab: Lab, application: string) {
    this.#read = async () =>
      (await readLeaseTable(tableLookups(lab.reader.dynamodb, { lease: application })))?.leases ?? [];
    this.#done = this.#run();
    this.#done.catch(() => {});
  }

  /** Of the shard, or undefined where there is none yet. */
  of(shard: string): string | undefined {
    return this.stored.findLast((one) => one.shard === shard)?.checkpoint;
  }

  /** Looks a last time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    await this.#look();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#look();
      await sleep(EVERY_MS);
    }
  }

  async #look(): Promise<void> {
    const leases = await this.#read();
    const at = Date.now();
    for (const { shardId: shard, checkpoint } of leases) {
      if (this.of(shard) !== checkpoint) this.stored.push({ shard, checkpoint, at });
    }
  }
}
