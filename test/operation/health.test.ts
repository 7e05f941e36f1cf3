import { liveness, readiness } from '../../src/operation/health.js';
import type { LeaseSnapshot } from '../../src/operation/lease-view.js';
import { WorkerStatus } from '../../src/operation/worker-status.js';
import type { LeaseTable } from '../../src/streams/lease-table.js';
import { leaseItem } from '../streams/helpers/lease-tables.js';
import { ended, ownedBy, tableOf } from './helpers/lease-tables.js';

const NEVER_READ: LeaseSnapshot = { table: undefined, readAt: undefined, error: undefined };

function running(): WorkerStatus {
  const worker = new WorkerStatus();
  worker.jvmStarted();
  worker.kclStarted('me');
  return worker;
}

function ready(worker: WorkerStatus, held: number, snapshot: Partial<LeaseSnapshot> = {}) {
  return readiness(worker, held, async () => ({ ...NEVER_READ, ...snapshot }));
}

describe('liveness', () => {
  test('a start that waits is alive', () => {
    expect(liveness(new WorkerStatus()).ok).toBe(true);
  });

  test('a JVM that has ended by itself is the end', () => {
    const worker = running();
    expect(liveness(worker).ok).toBe(true);
    worker.jvmEnded();
    expect(liveness(worker)).toEqual({ ok: false, reason: 'the JVM with KCL has ended' });
  });

  test('a stop is alive to its end', () => {
    const worker = running();
    worker.stopping();
    expect(liveness(worker).ok).toBe(true);
    worker.jvmEnded();
    expect(liveness(worker).ok).toBe(true);
  });
});

describe('readiness', () => {
  test('before KCL has started there is none, and the lease table is not read', async () => {
    const worker = new WorkerStatus();
    const unread = () => Promise.reject(new Error('read'));
    expect(await readiness(worker, 0, unread)).toMatchObject({ ok: false });
    worker.jvmStarted();
    expect(await readiness(worker, 1, unread)).toEqual({ ok: false, reason: 'KCL is starting' });
  });

  test('a worker that holds leases is ready, and the lease table is not read', async () => {
    const unread = () => Promise.reject(new Error('read'));
    expect(await readiness(running(), 2, unread)).toEqual({ ok: true, reason: 'holds 2 leases' });
  });

  test.each<[string, LeaseTable | undefined, string | undefined, boolean, string]>([
    [
      'others hold leases',
      tableOf(ownedBy('a', 's1'), ownedBy('b', 's2')),
      undefined,
      true,
      'stands by: 2 other workers hold leases',
    ],
    ['the table says it holds some', tableOf(ownedBy('me', 's1')), undefined, true, 'holds 1 lease'],
    ['no lease has an owner', tableOf(leaseItem('s1')), undefined, false, 'no worker holds a lease yet'],
    ['there are no leases', tableOf(), undefined, false, 'no worker holds a lease yet'],
    ['there is no table', undefined, undefined, false, 'no worker holds a lease yet'],
    [
      'every shard is ended',
      tableOf(ended('s1')),
      undefined,
      true,
      'stands by: every shard is read to its end',
    ],
    [
      'it was read once, and fails now',
      tableOf(ownedBy('a', 's1')),
      'throttled',
      true,
      'stands by: 1 other worker holds leases',
    ],
    [
      "the table can't be read",
      undefined,
      'denied',
      true,
      "holds no lease; whether others do can't be told: denied",
    ],
  ])('holding none, when %s', async (_when, table, error, ok, reason) => {
    expect(await ready(running(), 0, { table, error })).toEqual({ ok, reason });
  });

  test('a stop ends it at once, and for good', async () => {
    const worker = running();
    worker.stopping();
    worker.kclStarted('me');
    expect(await ready(worker, 3)).toEqual({ ok: false, reason: 'the worker is stopping' });
  });
});
