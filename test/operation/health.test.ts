import { liveness, readiness } from '../../src/operation/health.js';
import type { LeaseSnapshot } from '../../src/operation/lease-view.js';
import { WorkerStatus } from '../../src/operation/worker-status.js';
import { LeaseRenewals } from '../../src/streams/lease-renewals.js';
import type { LeaseTable } from '../../src/streams/lease-table.js';
import { leaseItem } from '../streams/helpers/lease-tables.js';
import { ended, ownedBy, reporting, tableOf } from './helpers/lease-tables.js';

const NOW = 1_700_000_000_000;
const NEVER_READ: LeaseSnapshot = {
  table: undefined,
  readAt: undefined,
  error: undefined,
  renewals: new LeaseRenewals(),
};

function running(): WorkerStatus {
  const worker = new WorkerStatus();
  worker.jvmStarted();
  worker.kclStarted('me');
  return worker;
}

function ready(worker: WorkerStatus, held: number | undefined, snapshot: Partial<LeaseSnapshot> = {}) {
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
      tableOf(
        ownedBy('a', 's1'),
        ownedBy('b', 's2'),
        reporting('a', NOW / 1000 - 60),
        reporting('b', NOW / 1000),
      ),
      undefined,
      true,
      'stands by: 2 other workers hold leases',
    ],
    [
      'the table says it holds some',
      tableOf(ownedBy('me', 's1'), ownedBy('me', 's2')),
      undefined,
      true,
      '2 leases are assigned to it, and none is read yet',
    ],
    [
      'a worker that is gone holds them',
      tableOf(ownedBy('gone', 's1'), reporting('gone', NOW / 1000 - 61)),
      undefined,
      false,
      'no worker that is alive holds a lease: 1 worker holds some, and has not renewed them or reported for a minute',
    ],
    [
      'one is alive and one gone',
      tableOf(ownedBy('gone', 's1'), ownedBy('a', 's2'), reporting('a', NOW / 1000)),
      undefined,
      true,
      'stands by: 1 other worker holds leases',
    ],
    ['no lease has an owner', tableOf(leaseItem('s1')), undefined, false, 'no worker holds a lease yet'],
    ['there are no leases', tableOf(), undefined, false, 'no worker holds a lease yet'],
    [
      'there is no table',
      undefined,
      undefined,
      false,
      'the lease table does not exist any more: it was deleted while the worker ran',
    ],
    [
      'every shard is ended',
      tableOf(ended('s1')),
      undefined,
      true,
      'stands by: every shard is read to its end',
    ],
    [
      'it was read once, and fails now',
      tableOf(ownedBy('a', 's1'), reporting('a', NOW / 1000)),
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
    expect(await ready(running(), 0, { table, readAt: NOW, error })).toEqual({ ok, reason });
  });

  test('another worker that reports nothing is alive once it has renewed a lease, for a minute', async () => {
    const renewals = new LeaseRenewals();
    const readings = [
      { counter: '7', at: NOW, ok: false },
      { counter: '8', at: NOW + 10_000, ok: true },
      { counter: '8', at: NOW + 70_000, ok: true },
      { counter: '8', at: NOW + 70_001, ok: false },
    ];
    for (const { counter, at, ok } of readings) {
      const table = tableOf({ ...ownedBy('a', 's1'), leaseCounter: { N: counter } });
      renewals.look(table.leases, at);
      expect(await ready(running(), 0, { table, readAt: at, renewals })).toMatchObject({ ok });
    }
  });

  test('where its children read the shards, it holds what the table says', async () => {
    const table = tableOf(ownedBy('me', 's1'));
    expect(await ready(running(), undefined, { table, readAt: NOW })).toEqual({
      ok: true,
      reason: 'holds 1 lease',
    });
  });

  test('a stop ends it at once, and for good', async () => {
    const worker = running();
    worker.stopping();
    worker.kclStarted('me');
    expect(await ready(worker, 3)).toEqual({ ok: false, reason: 'the worker is stopping' });
  });
});
