import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from './lab.js';
import { type LedgerEntry, ledgerReader } from './ledger.js';
import { projectRoot } from './project-root.js';

export interface ConsumerOptions {
  /** The only stream; several are given in `env`. */
  streamArn?: string;
  /** Added to the reader's environment. */
  env?: Record<string, string>;
  args?: readonly string[];
}

/** A line of the consumer's log. */
export interface LogEntry {
  level: number;
  msg: string;
  [field: string]: unknown;
}

export interface ConsumerEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** `cross-account-kcl start` as a user would run it in the reader's account, noting each record in a ledger. */
export class WorkerProcess {
  readonly log: LogEntry[] = [];
  readonly ended: Promise<ConsumerEnd>;
  readonly startedAt = Date.now();
  stderr = '';
  readonly #child: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'xak-lab-'));
  readonly #ledgerFile = join(this.#folder, 'ledger.jsonl');
  readonly #readLedger = ledgerReader(this.#ledgerFile);

  /** @param where a lab, whose reader it runs as, or the environment of a reader elsewhere */
  constructor(
    where: Lab | { env: Record<string, string> },
    { streamArn, env = {}, args = [] }: ConsumerOptions,
  ) {
    this.#child = spawn(process.execPath, [join(projectRoot, 'dist', 'cli.js'), 'start', ...args], {
      env: {
        ...process.env,
        ...('env' in where ? where.env : { ...where.reader.env, ...labOnly(where) }),
        ...(streamArn === undefined ? {} : { STREAM_ARN: streamArn }),
        HANDLER: join(projectRoot, 'build', 'lab', 'ledger-handler.js'),
        LEDGER_FILE: this.#ledgerFile,
        LOG_FORMAT: 'json',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.#child as {
      stdout: NodeJS.ReadableStream;
      stderr: NodeJS.ReadableStream;
    };
    createInterface({ input: stdout }).on('line', (line) => this.log.push(parse(line)));
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get ledger(): LedgerEntry[] {
    return this.#readLedger();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Closes its stdout's other end, as `head` does. */
  stopReadingLog(): void {
    this.#child.stdout?.destroy();
  }

  /** Waits until the condition holds. @throws Error with the end of the log if the consumer ends or the time is up. */
  async until(what: string, holds: () => boolean, timeoutMs = 200_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!holds()) {
      if (!this.running || Date.now() > deadline) {
        const how = this.running ? `not within ${timeoutMs} ms` : 'the consumer has ended';
        throw new Error(`${what}: ${how}\n${this.stderr}\n${this.lastLog()}`);
      }
      await sleep(25);
    }
  }

  /** SIGTERM, and the end. */
  async stop(): Promise<ConsumerEnd> {
    this.kill('SIGTERM');
    return this.ended;
  }

  /** Ends the process if it still runs, and removes the ledger. */
  async dispose(): Promise<void> {
    if (this.running) {
      // The first asks, the second ends at once, and takes the launcher along.
      this.kill('SIGTERM');
      this.kill('SIGINT');
      await this.ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  lastLog(lines = 20): string {
    return this.log
      .slice(-lines)
      .map((entry) => JSON.stringify(entry))
      .join('\n');
  }
}

/** What AWS would not need: where the emulators are, and that there is no CloudWatch, STS or KMS. */
export function labOnly(lab: Lab): Record<string, string> {
  return {
    KINESIS_ENDPOINT: lab.kinesisEndpoint,
    DYNAMO_DB_ENDPOINT: lab.dynamodbEndpoint,
    METRICS_LEVEL: 'NONE',
    PREFLIGHT: 'off',
  };
}

function parse(line: string): LogEntry {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof (entry as LogEntry | null)?.msg === 'string') return entry as LogEntry;
  } catch {
    // Below.
  }
  return { level: 0, msg: line }; // of a pretty log even a line by itself may be JSON
}
