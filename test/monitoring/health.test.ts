import { LeaseRenewals } from '../../src/leases/lease-status.js';
import type { LeaseTable } from '../../src/leases/lease-table.js';
import { liveness, type Reading, readiness } from '../../src/monitoring/health.js';
import { HeldLeases } from '../../src/monitoring/held-leases.js';
import type { LeaseSnapshot } from '../../src/monitoring/lease-view.js';
import { WorkerStatus } from '../../src/monitoring/worker-status.js';
import { leaseItem } from '../leases/helpers/lease-tables.js';
import { DENIED, EXPIRED, heldLeases, notRead, readLease } from './helpers/held-leases.js';
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
  worker.kclStarted('me', NOW);
  return worker;
}

const LIMIT_MS = 60_000;

function reading(leases = new HeldLeases(), { processors = 0, assignedMs = 0 } = {}): Reading {
  return { leases, processors, limitMs: LIMIT_MS, assignedMs: () => assignedMs };
}

function ready(worker: WorkerStatus, of: Reading, snapshot: Partial<LeaseSnapshot> = {}) {
  return readiness(worker, of, async () => ({ ...NEVER_READ, ...snapshot }));
}

const unread = () => Promise.reject(new Error('read'));

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
    expect(await readiness(worker, reading(), unread)).toMatchObject({ ok: false });
    worker.jvmStarted();
    expect(await readiness(worker, reading(), unread)).toEqual({ ok: false, reason: 'KCL is starting' });
  });

  test('a worker that holds leases is ready, and the lease table is not read', async () => {
    const two = heldLeases([readLease('s1'), readLease('s2')]);
    expect(await readiness(running(), reading(two), unread)).toEqual({ ok: true, reason: 'holds 2 leases' });
    // Until the first report of the launcher.
    const processors = reading(undefined, { processors: 2 });
    expect(await readiness(running(), processors, unread)).toEqual({ ok: true, reason: 'holds 2 leases' });
  });

  test('a worker that has read none of its shards for the limit is not, and says why', async () => {
    const both = [notRead('s1'), notRead('s2')];
    expect(await readiness(running(), reading(heldLeases(both, LIMIT_MS - 1_000)), unread)).toEqual({
      ok: true,
      reason: 'holds 2 leases, and none is read yet',
    });
    expect(
      await readiness(running(), reading(heldLeases(both, LIMIT_MS), { processors: 2 }), unread),
    ).toEqual({
      ok: false,
      reason: expect.stringMatching(
        new RegExp(
          `^holds 2 leases, and nothing has been read for 1m \\ds: s1: GetShardIterator: AccessDeniedException: ${DENIED.message}$`,
        ),
      ),
    });
  });

  test('a worker that reads one of its shards is ready', async () => {
    const leases = heldLeases([notRead('s1'), readLease('s2')], 2 * LIMIT_MS);
    expect(await readiness(running(), reading(leases), unread)).toEqual({
      ok: true,
      reason: 'holds 2 leases',
    });
  });

  test('shards that wait for their parents are not missed', async () => {
    const leases = heldLeases([{ ...notRead('s1'), state: 'waits for its parents' }], 2 * LIMIT_MS);
    expect(await readiness(running(), reading(leases), unread)).toMatchObject({ ok: true });
  });

  test('a shard that was read in between has not been unread for the limit', async () => {
    const leases = heldLeases([notRead('s1')], LIMIT_MS);
    leases.take({ leases: [{ ...notRead('s1'), since: 1 }], failingCalls: [] });
    expect(await readiness(running(), reading(leases), unread)).toMatchObject({ ok: true });
  });

  test('with credentials that AWS refuses it is not ready, whatever it holds', async () => {
    for (const held of [[], [readLease('s1')]]) {
      const leases = heldLeases([]);
      leases.take({ leases: held, failingCalls: [EXPIRED] });
      expect(await readiness(running(), reading(leases), unread)).toEqual({
        ok: false,
        reason: `the AWS credentials for Kinesis are not valid since 2023-11-14T22:13:20Z: GetRecords: ExpiredTokenException: ${EXPIRED.message}`,
      });
    }
  });

  test('leases that are assigned to it, and that KCL does not take for the limit', async () => {
    const leases = new HeldLeases();
    const call = {
      ...EXPIRED,
      service: 'DynamoDB',
      operation: 'Query',
      code: 'ValidationException',
      credentials: false,
    };
    leases.take({ leases: [], failingCalls: [call] });
    const table = tableOf(ownedBy('me', 's1'));
    const late = reading(leases, { assignedMs: LIMIT_MS });
    expect(await ready(running(), late, { table, readAt: NOW })).toEqual({
      ok: false,
      reason: `1 lease is assigned to it, and KCL has held none of them for 1m 0s: DynamoDB: Query: ValidationException: ${EXPIRED.message}`,
    });
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
      'holds no lease; whether others do is unknown: denied',
    ],
  ])('holding none, when %s', async (_when, table, error, ok, reason) => {
    expect(await ready(running(), reading(), { table, readAt: NOW, error })).toEqual({ ok, reason });
  });

  test('a table that was missing before KCL made it is not deleted', async () => {
    expect(await ready(running(), reading(), { table: undefined, readAt: NOW - 1 })).toEqual({
      ok: false,
      reason: 'no worker holds a lease yet',
    });
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
      expect(await ready(running(), reading(), { table, readAt: at, renewals })).toMatchObject({ ok });
    }
  });

  test('a stop ends it at once, and for good', async () => {
    const worker = running();
    worker.stopping();
    worker.kclStarted('me');
    expect(await ready(worker, reading(heldLeases([readLease('s1')])))).toEqual({
      ok: false,
      reason: 'the worker is stopping',
    });
  });
});
