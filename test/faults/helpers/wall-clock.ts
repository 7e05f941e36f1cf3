import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../lab/project-root.js';
import type { Env } from './fleet-worker.js';

const FOLDER = join(projectRoot, 'build', 'faults');
const SOURCE = join(projectRoot, 'test', 'faults', 'helpers', 'wall-clock.c');

/** Why it can't be had; undefined if it can. */
export function noWallClock(): string | undefined {
  if (process.platform !== 'linux') return 'LD_PRELOAD is for Linux';
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'there is no C compiler (cc)';
  }
}

/** The wall clock of the processes that are started with `env`, Node's and the JVM's alike; no other clock. */
export class WallClock {
  readonly #file: string;
  #library: string | undefined;

  constructor(name: string) {
    this.#file = join(FOLDER, `${name}-${process.pid}.offset`);
  }

  get env(): Env {
    this.#library ??= this.#build();
    return { LD_PRELOAD: this.#library, WALL_CLOCK_FILE: this.#file };
  }

  /** So far from the true time; of all processes at once. */
  set(ms: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(ms));
    // Not truncated: the processes have it mapped.
    writeFileSync(this.#file, bytes, { flag: 'r+' });
  }

  #build(): string {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(this.#file, Buffer.alloc(8));
    const library = join(FOLDER, `wall-clock-${process.pid}.so`);
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', library, SOURCE, '-ldl']);
    return library;
  }
}
