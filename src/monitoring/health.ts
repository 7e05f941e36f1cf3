import { leaseStatus } from '../leases/lease-status.js';
import { durationText } from './duration-text.js';
import { type CallFailure, failureText, type HeldLeases, type UnreadShard } from './held-leases.js';
import { isDeleted, type LeaseSnapshot } from './lease-view.js';
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

/** What this process knows of the reading. */
export interface Reading {
  /** As the launcher reports them. */
  readonly leases: HeldLeases;
  /** How many shards have a record processor here. */
  readonly processors: number;
  /** After which a worker that reads nothing of what it should is not ready, in ms. */
  readonly limitMs: number;
  /** For how long leases have been assigned to it and KCL has held none, in ms; starts to count when it is called. */
  assignedMs(): number;
}

/**
 * Whether the worker does its part: it reads shards whose leases it holds, or stands by while others that are alive hold
 * them.
 *
 * @param snapshot is asked for only where it holds none
 */
export async function readiness(
  { phase, id, kclStartedAt }: WorkerStatus,
  reading: Reading,
  snapshot: () => Promise<LeaseSnapshot>,
): Promise<Health> {
  if (phase !== 'running') return { ok: false, reason: NOT_READY[phase] };
  const { leases: reported, processors, limitMs } = reading;
  const refused = reported.failingCalls.find(({ credentials }) => credentials);
  if (refused !== undefined) return { ok: false, reason: credentialsReason(refused) };
  const held = Math.max(reported.held.length, processors);
  if (held > 0) return readsOf(held, reported, processors, limitMs);
  const leases = await snapshot();
  const { table, error } = leases;
  // KCL itself has access, or it would not have started; this process's credentials may be others.
  if (table === undefined && error !== undefined) {
    return { ok: true, reason: `holds no lease; whether others do is unknown: ${error}` };
  }
  if (isDeleted(leases, kclStartedAt)) {
    return {
      ok: false,
      reason: 'the lease table does not exist any more: it was deleted while the worker ran',
    };
  }
  const { open, ended } = table === undefined ? { open: [], ended: 0 } : leaseStatus(table);
  const own = open.filter(({ owner }) => owner === id).length;
  if (own > 0) return assigned(own, reading);
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

function assigned(leases: number, { leases: reported, limitMs, assignedMs }: Reading): Health {
  const what = `${leases} ${leases === 1 ? 'lease is' : 'leases are'} assigned to it`;
  const ms = assignedMs();
  if (ms < limitMs) return { ok: true, reason: `${what}, and none is read yet` };
  const [failing] = reported.failingCalls;
  const why = failing === undefined ? '' : `: ${failing.service}: ${failureText(failing)}`;
  return { ok: false, reason: `${what}, and KCL has held none of them for ${durationText(ms)}${why}` };
}

/** Of leases that are held: not ready once none that should be read has been read for the limit. */
function readsOf(held: number, leases: HeldLeases, processors: number, limitMs: number): Health {
  const unread = leases.unread();
  if (leases.shardsRead > 0 || unread.length === 0) return holds(held);
  const latest = unread.reduce((one, other) => (other.ms < one.ms ? other : one));
  if (latest.ms >= limitMs) return { ok: false, reason: unreadReason(held, latest) };
  return processors > 0 ? holds(held) : { ok: true, reason: `${holds(held).reason}, and none is read yet` };
}

function unreadReason(held: number, { lease, ms }: UnreadShard): string {
  const why = lease.failure === undefined ? 'KCL has not initialized it' : failureText(lease.failure);
  return `${holds(held).reason}, and nothing has been read for ${durationText(ms)}: ${lease.shard}: ${why}`;
}

function credentialsReason(failing: CallFailure & { service: string }): string {
  const since = new Date(failing.since).toISOString().replace(/\.\d+Z$/, 'Z');
  return `the AWS credentials for ${failing.service} are not valid since ${since}: ${failureText(failing)}`;
}

function holds(leases: number): Health {
  return { ok: true, reason: `holds ${leases} ${leases === 1 ? 'lease' : 'leases'}` };
}
