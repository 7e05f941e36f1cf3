import { readFileSync } from 'node:fs';
import type { WorkerConfig } from '../../../src/config/load.js';

const [, extraGrace = ''] =
  /EXTRA_GRACE_MS = ([\d_]+);/.exec(readFileSync('src/worker/until-ended.ts', 'utf8')) ?? [];

/** What a stop takes at most, in ms: after that the worker kills what is left, and says so. */
export function longestStop({ shutdownGraceMillis }: WorkerConfig): number {
  return shutdownGraceMillis + Number.parseInt(extraGrace.replaceAll('_', ''), 10);
}

/** For how long a probe must fail at least before the platform ends the worker, in s: the worker ends a handler that blocks by itself. */
export function leastBlocked({ handlerTimeoutMs }: WorkerConfig): number {
  return handlerTimeoutMs / 1000 + 30;
}
