import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import {
  AccessError,
  type CrossAccountKclError,
  DaemonError,
  EnvironmentError,
  HandlerError,
} from '../errors/errors.js';
import { ExitCode } from '../errors/exit-codes.js';
import { javaOf, javaTooOld, noJava } from '../jvm/java.js';
import {
  archiveOptions,
  compilerOptions,
  ENCODING_OPTIONS,
  memoryLimit,
  memoryOptions,
} from '../jvm/jvm-options.js';
import { launcherFiles } from '../jvm/launcher-files.js';
import { type LauncherListeners, LauncherLog } from './launcher-log.js';

const MAIN_CLASS = 'crossaccountkcl.run.Launcher';

/** How the launcher ended: by itself with a code, or by a signal. */
export interface LauncherEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Told of the launcher's life. */
export interface LauncherEvents extends LauncherListeners {
  /** The JVM is gone; its children may still write to its log. */
  onExit?(): void;
}

/** The JVM that runs KCL, in a process group of its own: a terminal's Ctrl-C reaches this process alone. */
export class Launcher {
  readonly ended: Promise<LauncherEnd>;
  readonly log: LauncherLog;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, logger: Logger, { onExit, ...listeners }: LauncherEvents) {
    this.#process = child;
    this.log = new LauncherLog(logger, listeners);
    child.once('exit', () => onExit?.());
    const read = (stream: Readable, from: 'stdout' | 'stderr') =>
      createInterface({ input: stream }).on('line', (line) => this.log.line(line, from));
    read(child.stdout as Readable, 'stdout');
    read(child.stderr as Readable, 'stderr');
    // 'close', not 'exit': by then its last lines have been read.
    this.ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
    // Writing 'stop' to a launcher that has just ended is no failure of ours; 'close' says how it ended.
    child.stdin?.on('error', (err) => logger.debug({ err }, "the launcher's stdin is closed"));
  }

  /** @throws EnvironmentError if there is no Java, too little memory for it, or the launcher is not built */
  static async start(
    propertiesFile: string,
    env: NodeJS.ProcessEnv,
    logger: Logger,
    events: LauncherEvents = {},
  ): Promise<Launcher> {
    const java = javaOf(env);
    const { jar, archive } = launcherFiles();
    const args = [
      ...ENCODING_OPTIONS,
      `-DLAUNCHER_LOG_LEVEL=${logger.isLevelEnabled('debug') ? 'DEBUG' : 'INFO'}`,
      ...memoryOptions(env, memoryLimit()),
      ...compilerOptions(env),
      ...archiveOptions(archive),
      '-cp',
      jar, // its manifest names the libraries, in an order that the archive can rely on
      MAIN_CLASS,
      propertiesFile,
    ];
    const child = spawn(java, args, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause: NodeJS.ErrnoException) => reject(noJava(java, env, cause)));
    });
    return new Launcher(child, logger, events);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Asks for a graceful stop: final checkpoints, leases released. */
  stop(): void {
    this.#process.stdin?.write('stop\n');
  }

  /** Ends the JVM and its children at once; also children that a dead JVM has left. */
  kill(): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // the whole group has ended by itself
    }
  }
}

/**
 * Whether it ended as asked. A signal to all processes of the worker ends the JVM by it only as long as its own handling
 * of the signal is not set up: then no lease was taken.
 */
export function endedGracefully({ code, signal }: LauncherEnd): boolean {
  return code === ExitCode.ok || code === 143 || code === 130 || signal === 'SIGTERM' || signal === 'SIGINT';
}

/** What it means that the launcher did not end gracefully after having been asked to. */
export function explainEnd({ code, signal }: LauncherEnd, log: LauncherLog): CrossAccountKclError {
  const tooOld = log.lastLines.find((line) => line.includes('UnsupportedClassVersionError'));
  if (tooOld !== undefined) {
    return javaTooOld(tooOld);
  }
  // The JVM's own exit code for it, 3, is ours for something else.
  const outOfMemory = log.lastLines.find((line) =>
    line.startsWith('Terminating due to java.lang.OutOfMemoryError'),
  );
  if (outOfMemory !== undefined) {
    return new DaemonError(`the JVM ran out of memory: ${outOfMemory}`, {
      remedy:
        'Give the container more memory, or the heap: JAVA_TOOL_OPTIONS=-Xmx1g. docs/performance.md has what a shard takes.',
    });
  }
  const { lastWords } = log;
  // A child's failure is the handler's, unless the child says another.
  switch (code === ExitCode.handler && log.childsExitCode === ExitCode.daemon ? ExitCode.daemon : code) {
    case ExitCode.configuration:
      return new EnvironmentError(`the launcher can't start: ${lastWords}`);
    case ExitCode.access:
      // What a child could not store then only follows from it.
      return new AccessError(log.launchersReason ?? lastWords);
    case ExitCode.handler:
      return new HandlerError(lastWords);
    case ExitCode.daemon:
      return new DaemonError(lastWords);
  }
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  return new DaemonError(`the launcher ended by itself, ${how}: ${lastWords}`);
}
