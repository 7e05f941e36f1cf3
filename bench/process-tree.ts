import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';

/** This Node.js as cpuByProgram() names it: a distribution may call the file otherwise. */
export const NODE = basename(realpathSync(process.execPath));

/** CPU and memory of a process and all below it, from Linux's /proc. */
export class ProcessTree {
  readonly #root: number;

  constructor(root: number) {
    this.#root = root;
  }

  /** The root first, then its children: of a worker, Node and the JVM. */
  pids(): number[] {
    const children = new Map<number, number[]>();
    for (const { pid, parent } of everyProcess()) {
      children.set(parent, [...(children.get(parent) ?? []), pid]);
    }
    const found = [this.#root];
    for (const pid of found) found.push(...(children.get(pid) ?? []));
    return found;
  }

  /** User and system time so far, of what has ended as well; or of one process of the tree. */
  cpuSeconds(only?: number): number {
    const counted = new Set(only === undefined ? this.pids() : [only]);
    let ticks = 0;
    for (const { pid, ticks: own } of everyProcess()) if (counted.has(pid)) ticks += own;
    return ticks / TICKS_PER_SECOND;
  }

  /** As cpuSeconds(), by the programs that used it: `node`, `java`. */
  cpuByProgram(): Map<string, number> {
    const counted = new Set(this.pids());
    const sums = new Map<string, number>();
    for (const { pid, ticks } of everyProcess()) {
      if (!counted.has(pid)) continue;
      const program = programOf(pid);
      sums.set(program, (sums.get(program) ?? 0) + ticks / TICKS_PER_SECOND);
    }
    return sums;
  }

  /** Proportional set size: pages that processes share are counted once. Of all, or of one process of the tree. */
  pssMiB(only?: number): number {
    const pids = only === undefined ? this.pids() : [only];
    return pids.reduce((sum, pid) => sum + pssMiB(pid), 0);
  }
}

/** 0 for a process that has just ended. */
export function pssMiB(pid: number): number {
  const [, kib = '0'] = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`)) ?? [];
  return Number(kib) / 1024;
}

/** Not of one that has ended and waits for its parent to notice. */
export function isRunning(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== '' && stat[stat.lastIndexOf(')') + 2] !== 'Z';
}

/** USER_HZ, which is 100 on every common Linux (proc(5)). */
const TICKS_PER_SECOND = 100;

function everyProcess(): { pid: number; parent: number; ticks: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      // The command's name stands in parentheses and may hold anything: the fields begin behind the last one.
      const stat = read(`/proc/${name}/stat`);
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields.length < 15) return [];
      const [user, system, childrensUser, childrensSystem] = fields.slice(11, 15).map(Number);
      const ticks = (user ?? 0) + (system ?? 0) + (childrensUser ?? 0) + (childrensSystem ?? 0);
      return [{ pid: Number(name), parent: Number(fields[1]), ticks }];
    });
}

function programOf(pid: number): string {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return ''; // it has ended
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
