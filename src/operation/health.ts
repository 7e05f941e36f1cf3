import { leaseStatus } from '../streams/lease-status.js';
import type { LeaseSnapshot } from './lease-view.js';
import type { Phase, WorkerStatus } from './worker-status.js';

export interface Health {
  readonly ok: boolean;
  /** Why, in a few words. */
  readonly reason: string;
}

const NOT_READY: Record<Exclude<Phase, 'running'>, string> = {
  preflight: 'streams and accesses are being checked',
  starting: 'KCL is starting',
  stopping: 'the worker is stopping',
};

/** Whether the process is worth keeping. That the event loop runs is said by there being an answer. */
export function liveness({ jvm, phase }: WorkerStatus): Health {
  // At the end of a stop it has ended as it was asked to.
  if (jvm === 'ended' && phase !== 'stopping') return { ok: false, reason: 'the JVM with KCL has ended' };
  return { ok: true, reason: `JVM ${jvm}` };
}

/** A worker that has not been heard of for so long, in ms, is gone: by default it renews every 3 s, and reports every 10. */
const GONE_MS = 60_000;

/**
 * Whether the worker does its part: it holds leases, or stands by while others that are alive hold them.
 *
 * @param held how many shards are read here; undefined if this process does not see it
 * @param snapshot is asked for only where that is none
 */
export async function readiness(
  { phase, id }: WorkerStatus,
  held: number | undefined,
  snapshot: () => Promise<LeaseSnapshot>,
): Promise<Health> {
  if (phase !== 'running') return { ok: false, reason: NOT_READY[phase] };
  if (held !== undefined && held > 0) return holds(held);
  const leases = await snapshot();
  const { table, error, readAt } = leases;
  // KCL itself has access, or it would not have started; this process's credentials may be others.
  if (table === undefined && error !== undefined) {
    return { ok: true, reason: `holds no lease; whether others do can't be told: ${error}` };
  }
  // KCL makes it before it starts.
  if (table === undefined && readAt !== undefined) {
    return {
      ok: false,
      reason: 'the lease table does not exist any more: it was deleted while the worker ran',
    };
  }
  const { open, ended } = table === undefined ? { open: [], ended: 0 } : leaseStatus(table);
  const own = open.filter(({ owner }) => owner === id).length;
  if (own > 0) return held === undefined ? holds(own) : assigned(own);
  const others = new Set(open.flatMap(({ owner }) => owner ?? []));
  const alive = [...others].filter((owner) => isAlive(owner, leases)).length;
  if (alive > 0) {
    return {
      ok: true,
      reason: `stands by: ${alive} other ${alive === 1 ? 'worker holds' : 'workers hold'} leases`,
    };
  }
  if (others.size > 0) {
    const gone =
      others.size === 1 ? '1 worker holds some, and has' : `${others.size} workers hold some, and have`;
    return {
      ok: false,
      reason: `no worker that is alive holds a lease: ${gone} not renewed them or reported for a minute`,
    };
  }
  if (ended > 0 && open.length === 0) {
    return { ok: true, reason: 'stands by: every shard is read to its end' };
  }
  return { ok: false, reason: 'no worker holds a lease yet' };
}

/** A worker that is gone stays the owner until another takes its leases, and nobody does while none runs. */
function isAlive(id: string, { table, readAt = 0, renewals }: LeaseSnapshot): boolean {
  const { leases = [], workers = [] } = table ?? {};
  const report = workers.find((worker) => worker.id === id)?.reportedAt;
  const times = leases.filter(({ owner }) => owner === id).map((lease) => renewals.renewedAt(lease));
  if (report !== undefined) times.push(report * 1000);
  return times.some((at) => at !== undefined && readAt - at <= GONE_MS);
}

function assigned(leases: number): Health {
  return {
    ok: true,
    reason: `${leases} ${leases === 1 ? 'lease is' : 'leases are'} assigned to it, and none is read yet`,
  };
}

function holds(leases: number): Health {
  return { ok: true, reason: `holds ${leases} ${leases === 1 ? 'lease' : 'leases'}` };
}
