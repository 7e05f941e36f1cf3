import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker } from './image.js';

export interface LogLine {
  level: number;
  msg: string;
  [field: string]: unknown;
}

export interface RunOptions {
  env?: Readonly<Record<string, string>>;
  /** More of `docker run`. */
  options?: readonly string[];
  command?: readonly string[];
}

/** A container that runs in the background, as `docker run` starts it. */
export class Container {
  readonly id: string;

  constructor(image: string, { env = {}, options = [], command = [] }: RunOptions) {
    const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    this.id = docker('run', '--detach', ...variables, ...options, image, ...command);
  }

  /** All that it wrote; stdout, then stderr. */
  get output(): string {
    const { stdout, stderr } = spawnSync('docker', ['logs', this.id], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    return stdout + stderr;
  }

  get log(): LogLine[] {
    return this.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  /** The ids of the orders that the handler logged, in that order. */
  get orders(): string[] {
    return this.log.flatMap(({ orderId }) => (typeof orderId === 'string' ? [orderId] : []));
  }

  inspect(format: string): string {
    return docker('inspect', '--format', format, this.id);
  }

  get running(): boolean {
    return this.inspect('{{.State.Running}}') === 'true';
  }

  exec(...command: string[]): string {
    return docker('exec', this.id, ...command);
  }

  kill(signal: NodeJS.Signals): void {
    docker('kill', '--signal', signal, this.id);
  }

  /** Waits for its end. @returns its exit code */
  async exitCode(timeoutMs = 200_000): Promise<number> {
    const deadline = Date.now() + timeoutMs;
    while (this.running) {
      if (Date.now() > deadline)
        throw new Error(`it did not end within ${timeoutMs} ms\n${this.#lastOutput}`);
      await sleep(200);
    }
    return Number(this.inspect('{{.State.ExitCode}}'));
  }

  /** SIGTERM, and the end. */
  async stop(): Promise<number> {
    this.kill('SIGTERM');
    return this.exitCode();
  }

  /** @throws Error with the end of its output if it ends or the time is up */
  async until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 200_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await holds())) {
      if (!this.running || Date.now() > deadline) {
        const how = this.running ? `not within ${timeoutMs} ms` : 'the container has ended';
        throw new Error(`${what}: ${how}\n${this.#lastOutput}`);
      }
      await sleep(200);
    }
  }

  remove(): void {
    docker('rm', '--force', '--volumes', this.id);
  }

  get #lastOutput(): string {
    return this.output.split('\n').slice(-30).join('\n');
  }
}
