import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, putRecords, type RecordToPut } from '../../../lab/lab.js';
import type { Placed } from '../judge.js';

const EVERY_MS = 250;
const RECORDS = 8;

/** Puts records all the time, past the gate, and notes where they went. */
export class Putter {
  readonly put: Placed[] = [];
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  readonly #lab: Lab;
  readonly #streamArn: string;
  #paused = false;
  #putting: Promise<void> | undefined;

  constructor(lab: Lab, streamArn: string) {
    this.#lab = lab;
    this.#streamArn = streamArn;
    this.#done = this.#run();
    // It is told by stop().
    this.#done.catch(() => {});
  }

  /** @throws Error if it could not put */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  /** Puts no more; resolves when the last one is put. */
  async pause(): Promise<void> {
    this.#paused = true;
    await this.#putting;
  }

  resume(): void {
    this.#paused = false;
  }

  async also(records: readonly RecordToPut[]): Promise<void> {
    const placed = await putRecords(this.#lab.owner, this.#streamArn, records);
    this.put.push(...placed.map(({ shardId, sequenceNumber }) => ({ shard: shardId, sequenceNumber })));
  }

  async #run(): Promise<void> {
    for (let from = 0; !this.#stopping.signal.aborted; from += RECORDS) {
      if (!this.#paused) {
        this.#putting = this.also(batch(from));
        await this.#putting;
      }
      await sleep(EVERY_MS);
    }
  }
}

function batch(from: number): RecordToPut[] {
  return Array.from({ length: RECORDS }, (_, index) => ({
    partitionKey: `key-${from + index}`,
    data: Buffer.from(JSON.stringify({ number: from + index })),
  }));
}
