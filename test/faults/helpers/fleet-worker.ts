import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../../lab/lab.js';
import { type ConsumerEnd, WorkerProcess } from '../../../lab/worker-process.js';
import { descendants } from '../../lab/helpers/processes.js';
import type { Exit } from '../judge.js';

const RESTART_AFTER_MS = 500;
/** One that ends again and again is not started for ever. */
const MAX_STARTS = 5;

export type Env = Readonly<Record<string, string>>;

export type Part = 'node' | 'jvm' | 'both';

/** `cross-account-kcl start`, started again whenever it ends, until it is stopped. */
export class FleetWorker {
  /** Each start's process; the last one runs, or has ended for good. */
  readonly runs: WorkerProcess[] = [];
  /** How they ended before the stop. */
  readonly exits: { at: number; exit: Exit }[] = [];
  readonly #lab: Lab;
  readonly #envOf: (starts: number) => Env;
  #stopping = false;
  #held = false;

  /** It runs once start() is called. */
  constructor(lab: Lab, envOf: (starts: number) => Env) {
    this.#lab = lab;
    this.#envOf = envOf;
  }

  /** Whether KCL has been started in it; before that, it takes no signal yet. */
  get started(): boolean {
    const run = this.runs.at(-1);
    return run?.running === true && run.log.some(({ msg }) => msg.includes('KCL has started'));
  }

  get current(): WorkerProcess {
    const run = this.runs.at(-1);
    if (run === undefined) throw new Error('the worker was never started');
    return run;
  }

  /** The JVM's process id. @throws Error if there is none */
  get jvm(): number {
    const found = descendants(this.current.pid).find(({ command }) =>
      command.includes('crossaccountkcl.run.Launcher'),
    );
    if (found === undefined) throw new Error('the worker has no JVM');
    return found.pid;
  }

  /** Sends a signal to Node, its JVM or both. */
  signal(signal: NodeJS.Signals, part: Part = 'node'): void {
    const pids = { node: [this.current.pid], jvm: [this.jvm], both: [this.jvm, this.current.pid] }[part];
    for (const pid of pids) process.kill(pid, signal);
  }

  /** From now on it stays ended, until release(). */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    if (!this.current.running) this.start();
  }

  /** SIGTERM, and no start after it. */
  async stop(): Promise<Exit> {
    this.#stopping = true;
    return exitOf(await this.current.stop());
  }

  async dispose(): Promise<void> {
    this.#stopping = true;
    for (const run of this.runs) await run.dispose();
  }

  start(): void {
    const run = new WorkerProcess(this.#lab, { env: { ...this.#envOf(this.runs.length) } });
    this.runs.push(run);
    void run.ended.then(async (end) => {
      if (this.#stopping) return;
      this.exits.push({ at: Date.now(), exit: exitOf(end) });
      await sleep(RESTART_AFTER_MS);
      if (!this.#stopping && !this.#held && this.current === run && this.runs.length < MAX_STARTS)
        this.start();
    });
  }
}

function exitOf({ code, signal }: ConsumerEnd): Exit {
  return signal ?? code ?? 'SIGKILL';
}
