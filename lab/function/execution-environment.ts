import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../project-root.js';
import type { InvocationResult } from './invocation-result.js';
import type { InvocationRequest, RuntimeMessage } from './runtime.js';

export interface EnvironmentOptions {
  readonly bundle: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly onLog: (line: string) => void;
}

/** Lambda quotas: of a synchronous invocation's answer. */
const MAX_RESPONSE_BYTES = 6 * 1024 * 1024;

/** One Node process with the function loaded, which stands still between invocations as Lambda's do. */
export class ExecutionEnvironment {
  readonly #child: ChildProcess;
  readonly #timeoutMs: number;
  readonly #ready: Promise<void>;
  readonly #closed: Promise<void>;

  constructor({ bundle, env, timeoutMs, onLog }: EnvironmentOptions) {
    this.#timeoutMs = timeoutMs;
    this.#child = fork(join(projectRoot, 'build', 'lab', 'function', 'runtime.js'), [bundle], {
      env,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const input of [this.#child.stdout, this.#child.stderr]) {
      if (input) createInterface({ input }).on('line', onLog);
    }
    this.#closed = once(this.#child, 'close').then(() => {});
    this.#ready = this.#next().then(() => {});
  }

  /** Whether it can be invoked again. */
  get alive(): boolean {
    return this.#child.connected && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async invoke(event: unknown): Promise<InvocationResult> {
    const requestId = randomUUID();
    const failed = (errorType: string, errorMessage: string): InvocationResult => ({
      requestId,
      response: undefined,
      functionError: 'Unhandled',
      errorType,
      errorMessage,
    });
    let timedOut = false;
    let timer: NodeJS.Timeout | undefined;
    try {
      await this.#ready;
      this.#child.kill('SIGCONT');
      const answer = this.#next();
      const request: InvocationRequest = { requestId, event, deadline: Date.now() + this.#timeoutMs };
      this.#child.send(request, () => {});
      timer = setTimeout(() => {
        timedOut = true;
        this.#child.kill('SIGKILL');
      }, this.#timeoutMs);
      const message = await answer;
      if (message.type === 'error') return failed(message.errorType, message.errorMessage);
      if (message.type !== 'answer') throw new Error(`the runtime told ${message.type}`);
      const bytes = Buffer.byteLength(message.response);
      if (bytes > MAX_RESPONSE_BYTES) {
        return failed(
          'Function.ResponseSizeTooLarge',
          `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
        );
      }
      return { requestId, response: JSON.parse(message.response), functionError: undefined };
    } catch {
      return timedOut
        ? failed('Sandbox.Timedout', `Task timed out after ${(this.#timeoutMs / 1000).toFixed(2)} seconds`)
        : failed('Runtime.ExitError', `Runtime exited with error: ${this.#how()}`);
    } finally {
      clearTimeout(timer);
      this.#child.kill('SIGSTOP');
    }
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  #how(): string {
    const { exitCode, signalCode } = this.#child;
    return signalCode === null ? `exit status ${exitCode}` : `signal: ${signalCode}`;
  }

  /** @throws Error if the process ends before */
  async #next(): Promise<RuntimeMessage> {
    const waiting = new AbortController();
    try {
      const message = once(this.#child, 'message', { signal: waiting.signal });
      // The abort is nobody's failure.
      message.catch(() => {});
      const ended = this.#closed.then(() => {
        throw new Error('the runtime has ended');
      });
      const [told] = await Promise.race([message, ended]);
      return told as RuntimeMessage;
    } finally {
      waiting.abort();
    }
  }
}
