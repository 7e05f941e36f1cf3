import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from '../lab/last-lines.js';

const END_TIMEOUT_MS = 20_000;
/** 256 shards take half a minute to start. */
const ANSWER_TIMEOUT_MS = 90_000;

/** A process that takes commands on stdin and answers each with a line on stdout; it ends with its stdin. */
export class LineProcess {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<unknown>;
  readonly #stderr: () => string;

  constructor(name: string, command: string, args: readonly string[]) {
    this.#name = name;
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const { stdout, stderr, stdin } = this.#child;
    if (stdout === null || stderr === null || stdin === null) throw new TypeError('stdio is piped');
    this.#stderr = lastLines(stderr);
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    this.#closed = new Promise<void>((resolve) => {
      this.#child.once('close', resolve).once('error', () => resolve());
    });
    stdin.on('error', () => {}); // it has ended; answer() says so
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  tell(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  /**
   * The rest of the next line, which must begin with the word.
   *
   * @throws Error with its last words if the process ends instead, says something else, or nothing in time
   */
  async answer(word: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<string[]> {
    const timer = new AbortController();
    const line = await Promise.race([
      this.#lines.next(),
      sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
    if (line === undefined) {
      this.#child.kill('SIGKILL');
      await this.#closed;
      throw new Error(
        `${this.#name} said nothing within ${timeoutMs / 1000} s; expected the answer '${word}'\n${this.#stderr()}`,
      );
    }
    const { value, done } = line;
    if (!done && value.split(' ')[0] === word) return value.split(' ').slice(1);
    if (done) await this.#closed;
    const what = done ? 'ended' : `answered '${value}'`;
    throw new Error(`${this.#name} ${what}; expected the answer '${word}'\n${this.#stderr()}`);
  }

  /** @throws Error if it does not end in time; it is killed then */
  async end(): Promise<void> {
    this.#child.stdin?.end('end\n');
    const ended = await Promise.race([
      this.#closed.then(() => true),
      sleep(END_TIMEOUT_MS, false, { ref: false }),
    ]);
    if (ended) return;
    this.#child.kill('SIGKILL');
    await this.#closed;
    throw new Error(`${this.#name} did not end within ${END_TIMEOUT_MS} ms\n${this.#stderr()}`);
  }
}
