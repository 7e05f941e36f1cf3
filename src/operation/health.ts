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

/**
 * Whether the worker does its part: it holds leases, or stands by while others hold them.
 *
 * @param held how many it holds, as far as this process sees
 * @param snapshot is asked for only where it holds none
 */
export async function readiness(
  { phase, id }: WorkerStatus,
  held: number,
  snapshot: () => Promise<LeaseSnapshot>,
): Promise<Health> {
  if (phase !== 'running') return { ok: false, reason: NOT_READY[phase] };
  if (held > 0) return holds(held);
  const { table, error } = await snapshot();
  // KCL itself has access, or it would not have started; this process's credentials may be others.
  if (table === undefined && error !== undefined) {
    return { ok: true, reason: `holds no lease; whether others do can't be told: ${error}` };
  }
  const { open, ended } = table === undefined ? { open: [], ended: 0 } : leaseStatus(table);
  const own = open.filter(({ owner }) => owner === id).length;
  if (own > 0) return holds(own);
  const others = new Set(open.flatMap(({ owner }) => owner ?? [])).size;
  if (others > 0)
    return {
      ok: true,
      reason: `stands by: ${others} other ${others === 1 ? 'worker holds' : 'workers hold'} leases`,
    };
  if (ended > 0 && open.length === 0) {
    return { ok: true, reason: 'stands by: every shard is read to its end' };
  }
  return { ok: false, reason: 'no worker holds a lease yet' };
}

function holds(leases: number): Health {
  return { ok: true, reason: `holds ${leases} ${leases === 1 ? 'lease' : 'leases'}` };
}
