import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Line } from '../../helpers/memory-log.js';
import { STREAM } from '../../helpers/stream.js';

const CHILD = fileURLToPath(new URL('../../../src/worker/multilang/child.js', import.meta.url));
export const HANDLER = fileURLToPath(new URL('../handlers/by-partition-key.js', import.meta.url));

export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Plays the MultiLangDaemon to a child as it really runs. */
export class MultilangDaemon {
  readonly ended: Promise<ChildEnd>;
  stdout = '';
  stderr = '';
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  /** @param program that speaks the protocol, instead of our child */
  constructor(env: NodeJS.ProcessEnv = {}, program = CHILD) {
    this.#process = spawn(process.execPath, [program], {
      env: {
        PATH: process.env.PATH,
        STREAM_ARN: STREAM.arn,
        HANDLER,
        CHECKPOINT_INTERVAL_MS: '0',
        ...env,
      },
    });
    const { stdout, stderr, stdin } = this.#process;
    if (!stdout || !stderr || !stdin) throw new Error('no pipes');
    stdout.on('data', (text: Buffer) => {
      this.stdout += text.toString();
    });
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    stdin.on('error', () => {}); // it may have ended: its exit code is what counts
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /** What it has logged so far. */
  get log(): Line[] {
    const lines = this.stderr.split('\n').filter((line) => line.startsWith('{"level"'));
    return lines.map((line) => JSON.parse(line) as Line);
  }

  get lastLine(): Line | undefined {
    return this.log.at(-1);
  }

  send(message: object | string | Buffer): void {
    const line = typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message);
    this.#process.stdin?.write(Buffer.isBuffer(line) ? line : `${line}\n`);
  }

  /** Sends it and takes the next message of the child; undefined if it ends instead. */
  async ask(message: object | string): Promise<unknown> {
    this.send(message);
    return await this.next();
  }

  async next(): Promise<unknown> {
    for (;;) {
      const { value, done } = await this.#answers.next();
      if (done) return undefined;
      if (value !== '') return JSON.parse(value);
    }
  }

  async initialize(): Promise<void> {
    const answer = await this.ask({
      action: 'initialize',
      shardId: 'shardId-000000000003',
      sequenceNumber: 'LATEST',
    });
    expect(answer).toEqual({ action: 'status', responseFor: 'initialize' });
  }

  /** Hands it records with these partition keys and the sequence numbers 1, 2, … */
  async deliver(...partitionKeys: string[]): Promise<unknown> {
    return await this.ask(recordsMessage(...partitionKeys));
  }

  /** Nothing more is read of what it writes. */
  stopReading(): void {
    this.#process.stdout?.destroy();
  }

  end(): void {
    this.#process.stdin?.end();
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

export function recordsMessage(...partitionKeys: string[]) {
  const records = partitionKeys.map((partitionKey, index) => ({
    action: 'record',
    data: '',
    partitionKey,
    sequenceNumber: String(index + 1),
    subSequenceNumber: 5,
    approximateArrivalTimestamp: null,
  }));
  return { action: 'processRecords', records, millisBehindLatest: 0 };
}
