/**
 * What every peer tells the bench of the records that its handler was given: a line `ms shard records bytes latencies` in
 * the file PROGRESS_FILE. Latencies, in milliseconds with commas between them, are only taken with MEASURE_LATENCY: of
 * records that begin with the time at which they were put, in 13 digits.
 */

import { appendFileSync } from 'node:fs';

const TIME_DIGITS = 13;
const { PROGRESS_FILE: file, MEASURE_LATENCY: latency } = process.env;
if (file === undefined) throw new Error('PROGRESS_FILE is not set; expected the file that the bench reads');

/** The records of one shard that are not written yet. */
export class Progress {
  readonly #shard: string;
  #records = 0;
  #bytes = 0;
  #latencies: number[] = [];

  constructor(shard: string) {
    this.#shard = shard;
  }

  /** A record whose data is not in bytes any more. */
  addBytes(bytes: number): void {
    this.#records++;
    this.#bytes += bytes;
  }

  add(data: Buffer): void {
    this.addBytes(data.length);
    if (latency !== undefined)
      this.#latencies.push(Date.now() - Number(data.toString('latin1', 0, TIME_DIGITS)));
  }

  write(): void {
    if (this.#records === 0) return;
    const line = `${Date.now()} ${this.#shard} ${this.#records} ${this.#bytes} ${this.#latencies.join(',')}\n`;
    appendFileSync(file as string, line);
    this.#records = 0;
    this.#bytes = 0;
    this.#latencies = [];
  }
}
