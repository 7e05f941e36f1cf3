import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

interface Running {
  pid: number;
  parent: number;
  command: string;
}

/** The processes that started from `pid`, and theirs; zombies are left out, since they run no more. */
export function descendants(pid: number): Running[] {
  const all = running();
  const children = all.filter(({ parent, command }) => parent === pid && !/^(\S*\/)?ps /.test(command));
  return children.flatMap((child) => [child, ...descendants(child.pid)]);
}

/** Whether all of them end, by default within what the busiest machine needs. */
export async function allGone(pids: readonly number[], withinMs = 100_000): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (running().some(({ pid }) => pids.includes(pid))) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

/** Waits until a child of this process is not even a zombie: Node knows from then on that it has ended. */
export async function reaped(pid: number): Promise<void> {
  while (exists(pid)) await sleep(20);
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function running(): Running[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, stat = '', command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || stat.startsWith('Z')
      ? []
      : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}
