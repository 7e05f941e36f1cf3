import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK = 1 << 20;

/** What a peer's handlers have written so far; see progress.ts. */
export class ProgressFile {
  readonly #file: string;
  #descriptor: number | undefined;
  #rest = '';
  records = 0;
  bytes = 0;
  /** Milliseconds since 1970 of each shard's first record. */
  readonly firstAt = new Map<string, number>();
  latencies: number[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  /** Takes in what was added since the last call. */
  read(): void {
    try {
      this.#descriptor ??= openSync(this.#file, 'r');
    } catch {
      return; // nothing was handled yet
    }
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      const size = readSync(this.#descriptor, buffer);
      if (size === 0) return;
      const lines = (this.#rest + buffer.toString('latin1', 0, size)).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.#add(line);
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  get firstRecordAt(): number | undefined {
    return this.firstAt.size === 0 ? undefined : Math.min(...this.firstAt.values());
  }

  #add(line: string): void {
    const [at, shard = '', records, bytes, latencies = ''] = line.split(' ');
    this.records += Number(records);
    this.bytes += Number(bytes);
    if (!this.firstAt.has(shard)) this.firstAt.set(shard, Number(at));
    if (latencies !== '') this.latencies.push(...latencies.split(',').map(Number));
  }
}
