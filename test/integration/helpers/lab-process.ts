import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../../lab/project-root.js';
import { NO_SDK_NOTICE } from '../../helpers/no-sdk-notice.js';

/** What a user's shell may well have set, and what must not count. */
const OF_USER = { AWS_ACCESS_KEY_ID: 'AKIAOFTHEUSER', AWS_SECRET_ACCESS_KEY: 'x', AWS_REGION: 'eu-west-1' };

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A program in a process group of its own, as a terminal starts it, and what it has printed so far. */
export class Printing {
  readonly lines: string[] = [];
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stderr = '';

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...NO_SDK_NOTICE, ...OF_USER },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    started.push(this);
    const { stdout, stderr } = this.#child as {
      stdout: NodeJS.ReadableStream;
      stderr: NodeJS.ReadableStream;
    };
    createInterface({ input: stdout }).on('line', (line) => this.lines.push(line));
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = once(this.#child, 'close').then(([code]) => ({
      code: code as number | null,
      stdout: this.lines.join('\n'),
      stderr: this.#stderr,
    }));
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As Ctrl-C in its terminal: the shell gets it too, and waits for what it runs. */
  interrupt(): void {
    process.kill(-this.pid, 'SIGINT');
  }

  /** Also what a failed test has left running. */
  async dispose(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) process.kill(-this.pid, 'SIGTERM');
    await this.ended;
  }

  /** @throws Error with what it printed if it ends before, or the time is up */
  async until(what: string, holds: () => boolean, timeoutMs = 200_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!holds()) {
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`${what}: not seen\n${this.lines.slice(-20).join('\n')}\n${this.#stderr}`);
      }
      await sleep(50);
    }
  }
}

const started: Printing[] = [];

/** Ends all that was started and still runs. */
export async function endAll(): Promise<void> {
  await Promise.all(started.map((program) => program.dispose()));
}

/** What ./scripts/lab runs after its set-up. */
export function startLabScript(...args: string[]): Printing {
  return new Printing(process.execPath, [join(projectRoot, 'build', 'scripts', 'lab.js'), ...args]);
}

/** Runs lines that the lab printed, as a user would paste them into a shell. */
export function paste(...lines: string[]): Printing {
  return new Printing('bash', ['-c', lines.join('\n')]);
}
