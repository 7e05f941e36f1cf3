import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessTree } from './process-tree.js';

/** What programs that are measured take from the user's environment. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'JAVA_HOME', 'LANG', 'LC_ALL'];

export function passedOn(): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
}

/**
 * Nothing of the user's environment but {@link passedOn} is seen from now on: what the shell says to Node.js or Java must
 * not change what is measured. And nothing is left of this process when it ends, also by Ctrl-C: what it started is ended,
 * and all of it has its temporary files in one folder, which is removed.
 */
export function tidy(): void {
  const kept = passedOn();
  for (const name of Object.keys(process.env)) if (!(name in kept)) delete process.env[name];
  const folder = mkdtempSync(join(tmpdir(), 'xak-bench-'));
  process.env.TMPDIR = folder;
  process.on('exit', () => {
    for (const pid of new ProcessTree(process.pid).pids().slice(1)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    // Those that are ended may write a last file.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
}
