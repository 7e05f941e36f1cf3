import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessTree } from '../process-tree.js';

/** What the lab's gate was asked for, by action: `dynamodb:UpdateItem`. */
export class Calls {
  readonly #counts = new Map<string, number>();

  note(action: string): void {
    this.#counts.set(action, this.of(action) + 1);
  }

  of(action: string): number {
    return this.#counts.get(action) ?? 0;
  }

  /** @return how many of an action have come since now */
  since(): (action: string) => number {
    const before = new Map(this.#counts);
    return (action) => this.of(action) - (before.get(action) ?? 0);
  }
}

/** What a process tree takes, and is asked for, in the time given; nothing is to be read in it. */
export async function idleFor(ms: number, tree: ProcessTree, calls: Calls) {
  const since = { cpu: tree.cpuSeconds(), calls: calls.since(), at: performance.now() };
  await sleep(ms);
  const seconds = (performance.now() - since.at) / 1000;
  return {
    cores: (tree.cpuSeconds() - since.cpu) / seconds,
    perMinute: (action: string) => Math.round((since.calls(action) * 60) / seconds),
  };
}
