import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log/logger.js';
import type { LeaseTable } from './lease-table.js';

/** After a kill of Node, the JVM gives its leases back for 3 s: until then it may renew and report. */
const JVM_LIVES_ON_MS = 4_000;
/** AWS refuses requests that are signed more than 5 minutes off, so two workers' clocks are at most twice that apart. */
const MAX_CLOCK_DIFFERENCE_MS = 10 * 60_000;
const MAX_LOOK_INTERVAL_MS = 1_000;

export interface IdentifierUse {
  /** KCL's workerIdentifier: the owner in the leases. */
  readonly worker: string;
  /** A worker reports at least that often, and renews each of its leases three times as often. */
  readonly failoverTimeMs: number;
  readTable(): Promise<LeaseTable | undefined>;
}

/**
 * Finds out whether a worker is alive that has the same identifier. What a worker that was killed has left in the lease
 * table looks the same at first: then this waits until a living one would have reported or renewed its leases.
 *
 * @returns what the other worker was seen to do; undefined if there is none
 */
export async function otherWorkerAlive(
  use: IdentifierUse,
  logger: Logger,
  graceMs = JVM_LIVES_ON_MS,
): Promise<string | undefined> {
  const { worker, failoverTimeMs, readTable } = use;
  const beganAt = performance.now();
  const patienceMs = graceMs + failoverTimeMs * 1.25;
  const signs = new SignsOfLife(worker, failoverTimeMs);
  let found = signs.look(await readTable(), 0);
  if (found === 'nothing') return undefined;
  logger.warn(
    { worker, ms: patienceMs },
    'the lease table knows a worker with this workerIdentifier: waiting to see whether it is alive',
  );
  while (performance.now() - beganAt < patienceMs) {
    await sleep(Math.min(MAX_LOOK_INTERVAL_MS, failoverTimeMs / 10));
    const ms = performance.now() - beganAt;
    found = signs.look(await readTable(), ms);
    if (found === 'nothing') break;
    if (found !== 'unknown' && ms > graceMs) return found.seen;
  }
  logger.info({ worker }, 'it is not: no report and no renewed lease of it was seen');
  return undefined;
}

/** What changes in the lease table while a worker is alive. */
class SignsOfLife {
  readonly #worker: string;
  readonly #failoverTimeMs: number;
  #reportedAt: number | undefined;
  #leases = new Map<string, { counter: number; renewedAt: number | undefined }>();

  constructor(worker: string, failoverTimeMs: number) {
    this.#worker = worker;
    this.#failoverTimeMs = failoverTimeMs;
  }

  /** @param now in ms; @returns `nothing` if no lease and no report is the worker's */
  look(table: LeaseTable | undefined, now: number): 'nothing' | 'unknown' | { seen: string } {
    const report = table?.workers.find(({ id }) => id === this.#worker);
    const leases = table?.leases.filter(({ owner }) => owner === this.#worker) ?? [];
    if (isPast(report?.reportedAt) || (report === undefined && leases.length === 0)) return 'nothing';
    const seen = this.#reported(report?.reportedAt) ?? this.#renewed(leases, now);
    return seen === undefined ? 'unknown' : { seen };
  }

  #reported(reportedAt: number | undefined): string | undefined {
    const before = this.#reportedAt;
    this.#reportedAt = reportedAt;
    return before !== undefined && reportedAt !== undefined && reportedAt > before
      ? 'it has reported its load'
      : undefined;
  }

  /** Twice in a time: once may be the leader's, which gives out a lease that has expired, to the dead worker too. */
  #renewed(leases: LeaseTable['leases'], now: number): string | undefined {
    const before = this.#leases;
    let seen: string | undefined;
    this.#leases = new Map(
      leases.map(({ key, shardId, leaseCounter: counter }) => {
        const last = before.get(key);
        if (last === undefined) return [key, { counter, renewedAt: undefined }];
        if (last.counter === counter) return [key, last];
        const twice = last.renewedAt !== undefined && now - last.renewedAt < this.#failoverTimeMs * 0.75;
        if (twice) seen = `it has renewed its lease of ${shardId}`;
        return [key, { counter, renewedAt: now }];
      }),
    );
    return seen;
  }
}

/** Too long ago for a living worker, whatever its clock. */
function isPast(reportedAt: number | undefined): boolean {
  return reportedAt !== undefined && Date.now() - reportedAt * 1000 > MAX_CLOCK_DIFFERENCE_MS;
}
