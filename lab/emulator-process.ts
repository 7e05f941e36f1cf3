import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError } from '../src/errors/errors.js';
import { EmulatorError } from './emulator-error.js';
import { lastLines } from './last-lines.js';

const defaults = {
  /** Both emulators need less than a second on an idle machine; this is for a very busy one. */
  healthyTimeoutMs: 30_000,
  probeIntervalMs: 20,
  probeTimeoutMs: 1_000,
  stopTimeoutMs: 3_000,
};

export interface EmulatorCommand {
  /** As in error messages. */
  name: string;
  command: string;
  args: readonly string[];
  /** Added to the few variables that are passed on. */
  env: Record<string, string>;
  /** Any HTTP response on this port means healthy. */
  port: number;
  healthyTimeoutMs?: number;
}

export interface Emulator {
  /** @throws EmulatorError when it had ended before; nothing is left running all the same. */
  stop(): Promise<void>;
}

/**
 * Starts a process that must end by itself at the end of its standard input: that also comes when this process
 * is killed.
 *
 * @throws EmulatorError | EnvironmentError
 */
export async function startEmulator(emulator: EmulatorCommand): Promise<Emulator> {
  const { name, command, args, env, port, healthyTimeoutMs = defaults.healthyTimeoutMs } = emulator;
  const child = spawn(command, args, {
    env: { ...passedOn(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its own process group: Ctrl-C must reach the consumer alone, which still needs its lease table to end well.
    detached: true,
    windowsHide: true,
  });
  const output = lastLines(child.stdout, child.stderr);
  // Writing is never needed, and its end may be gone before ours.
  child.stdin.on('error', () => {});
  // Comes after the output was read to its end; unlike 'exit' it also follows a command that can't be started.
  const closed = once(child, 'close').catch(() => {});

  const abandoned = new AbortController();
  try {
    await Promise.race([
      failure(child, name, command, closed, output),
      healthy(port, abandoned.signal),
      sleep(healthyTimeoutMs, undefined, { signal: abandoned.signal }).then(() => {
        throw new EmulatorError(`${name} was not healthy after ${healthyTimeoutMs} ms${quoted(output())}`);
      }),
    ]);
  } catch (error) {
    await end(child, closed);
    throw error;
  } finally {
    abandoned.abort();
  }

  return {
    async stop() {
      const endedBefore = hasEnded(child);
      await end(child, closed);
      if (endedBefore) throw endedError(child, name, output());
    },
  };
}

/** Nothing else, so that neither the user's AWS settings nor NODE_OPTIONS change how the emulators behave. */
function passedOn(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'JAVA_HOME', 'SystemRoot', 'TEMP'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

async function failure(
  child: ChildProcess,
  name: string,
  command: string,
  closed: Promise<unknown>,
  output: () => string,
): Promise<never> {
  try {
    await once(child, 'exit');
  } catch (cause) {
    throw new EnvironmentError(`${name} can't be started: '${command}' could not be run`, {
      cause,
      remedy: `Install ${command} or put it on PATH.`,
    });
  }
  await closed;
  throw endedError(child, name, output());
}

async function healthy(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await answers(port))) await sleep(defaults.probeIntervalMs);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request({ host: '127.0.0.1', port, agent: false, timeout: defaults.probeTimeoutMs });
    probe.on('response', (response) => {
      response.resume();
      resolve(true);
    });
    probe.on('timeout', () => probe.destroy());
    probe.on('close', () => resolve(false));
    probe.on('error', () => {});
    probe.end();
  });
}

/** Ends this one process, and returns when it is gone. */
async function end(child: ChildProcess, closed: Promise<unknown>): Promise<void> {
  if (!hasEnded(child)) {
    child.stdin?.end();
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), defaults.stopTimeoutMs);
    await closed;
    clearTimeout(kill);
  }
  await closed;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

function endedError(child: ChildProcess, name: string, output: string): EmulatorError {
  const how = child.signalCode === null ? `with exit code ${child.exitCode}` : `by ${child.signalCode}`;
  return new EmulatorError(`${name} ended ${how} before it was stopped${quoted(output)}`);
}

function quoted(output: string): string {
  return output === '' ? '; it printed nothing' : `; its last output:\n${output.replace(/^/gm, '  ')}`;
}
