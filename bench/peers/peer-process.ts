import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, ProcessTree } from '../process-tree.js';
import { passedOn } from '../tidy.js';
import type { Peer, PeerRun } from './peer.js';
import { ProgressFile } from './progress-file.js';

const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 50;
const LAST_LINES = 8;

/** All that run now, so that none of them outlives this process. */
const running = new Set<PeerProcess>();
process.on('exit', () => {
  for (const peer of running) peer.kill();
});

export interface FirstRecord {
  seconds: number;
  cpuSeconds: number;
}

/** A peer at work in a process group of its own. */
export class PeerProcess {
  readonly tree: ProcessTree;
  readonly progress: ProgressFile;
  readonly startedAt = Date.now();
  readonly #peer: Peer;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #ended: Promise<void>;

  /** @throws Error if the peer is not on this machine */
  constructor(peer: Peer, run: PeerRun) {
    const lacks = peer.lacks?.();
    if (lacks !== undefined) throw new Error(`${peer.name}: ${lacks}`);
    const { command, args, env } = peer.command(run);
    this.#peer = peer;
    this.#logFile = join(run.folder, `${peer.id}.log`);
    const log = openSync(this.#logFile, 'w');
    this.#child = spawn(command, args, {
      // Nothing else: what the user's shell says to Node.js or Java must not change what is measured.
      env: {
        ...passedOn(),
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1',
        ...run.account,
        PROGRESS_FILE: run.progressFile,
        ...(run.measureLatency ? { MEASURE_LATENCY: 'true' } : {}),
        ...env,
      },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.tree = new ProcessTree(this.#child.pid ?? -1);
    this.progress = new ProgressFile(run.progressFile);
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => resolve()).once('error', () => resolve());
    });
    running.add(this);
  }

  /** @throws Error with its last log lines if it has ended or the time is up */
  async firstRecord(timeoutMs: number): Promise<FirstRecord> {
    let cpuSeconds = 0;
    await this.until('its first record', timeoutMs, () => {
      this.progress.read();
      if (this.progress.firstRecordAt !== undefined) return true;
      cpuSeconds = this.tree.cpuSeconds();
      return false;
    });
    const at = this.progress.firstRecordAt ?? Number.NaN;
    return { seconds: (at - this.startedAt) / 1000, cpuSeconds };
  }

  /** @throws Error with its last log lines if it has ended or the time is up */
  async until(what: string, timeoutMs: number, holds: () => boolean, pollMs = POLL_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!holds()) {
      if (this.#hasEnded) throw this.#failure(`ended (${this.#how}) before ${what}`);
      if (Date.now() > deadline) throw this.#failure(`${what}: not within ${timeoutMs / 1000} s`);
      await sleep(pollMs);
    }
  }

  /** Asks it to end, unless that does not matter, and returns when it and all that it started are gone. */
  async stop({ asking = true } = {}): Promise<void> {
    // Who loses its parent is found in no tree any more.
    const started = this.tree.pids();
    if (asking && !this.#hasEnded) {
      this.#child.kill('SIGTERM');
      await Promise.race([this.#ended, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    }
    this.kill(started);
    await this.#ended;
    while (started.some(isRunning)) await sleep(POLL_MS);
    this.progress.close();
    running.delete(this);
  }

  /** At once, with all that it started. */
  kill(started = this.tree.pids()): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    for (const target of [-pid, ...started]) {
      try {
        process.kill(target, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined;
  }

  get #how(): string {
    const { exitCode, signalCode, pid } = this.#child;
    if (pid === undefined) return 'it could not be started';
    return signalCode === null ? `exit code ${exitCode}` : signalCode;
  }

  #failure(text: string): Error {
    const lines = readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-LAST_LINES);
    return new Error(`${this.#peer.name}: ${text}; its last log lines:\n  ${lines.join('\n  ')}`);
  }
}
