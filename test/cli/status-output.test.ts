import { renderStatus, type StatusFacts } from '../../src/cli/status-output.js';
import { LeaseRenewals } from '../../src/leases/lease-status.js';
import { leaseItem } from '../leases/helpers/lease-tables.js';
import { ended, led, ownedBy, reporting, tableOf } from '../monitoring/helpers/lease-tables.js';

const AT = Date.UTC(2026, 10, 27, 21, 0, 0);
const KEY = '111111111111:orders:1700000000:shardId-000000000001';

function facts(items: Parameters<typeof tableOf>, watched?: StatusFacts['watched']): StatusFacts {
  return { table: tableOf(...items), readAt: AT, watched };
}

function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('│'));
  return lines.map((line) =>
    line
      .split('│')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('as text', () => {
  test('workers and shards, and the shards that are ended as a number', () => {
    const text = renderStatus(
      facts([
        ownedBy('a', 'shard-1'),
        leaseItem('shard-2', { checkpoint: { S: '4960' }, checkpointSubSequenceNumber: { N: '3' } }),
        ended('shard-0'),
        reporting('a', AT / 1000 - 4),
        led('a'),
      ]),
      'text',
    );

    expect(text.split('\n')[0]).toBe(
      'Lease table app at 2026-11-27T21:00:00Z: 1 worker, 2 shards open, 1 read to the end',
    );
    expect(rowsOf(text)).toEqual([
      ['worker', 'leases', 'reported'],
      ['a (leader)', '1', '4s ago'],
      ['shard', 'owner', 'checkpoint'],
      ['shard-1', 'a', 'TRIM_HORIZON'],
      ['shard-2', '(none)', '4960/3'],
    ]);
  });

  test('the stream stands there in the form that knows it', () => {
    const rows = rowsOf(renderStatus(facts([ownedBy('a', KEY)]), 'text'));

    expect(rows.slice(-2)).toEqual([
      ['stream', 'shard', 'owner', 'checkpoint'],
      ['111111111111:orders (1700000000)', 'shardId-000000000001', 'a', 'TRIM_HORIZON'],
    ]);
  });

  test('watched, when each lease was renewed, or that it was not', () => {
    const renewals = new LeaseRenewals();
    const counting = (n: number) =>
      tableOf(ownedBy('a', 'shard-1'), { ...ownedBy('a', 'shard-2'), leaseCounter: { N: `${n}` } });
    renewals.look(counting(1).leases, AT - 20_000);
    renewals.look(counting(2).leases, AT - 5_000);
    const watched = { since: AT - 20_000, renewals };
    const rows = rowsOf(renderStatus({ table: counting(2), readAt: AT, watched }, 'text'));

    expect(rows.slice(-3).map((row) => row.at(-1))).toEqual(['renewed', 'not in 20s', '5s ago']);
  });

  test('a worker whose clock is ahead has reported now, one that does not report has –', () => {
    const rows = rowsOf(renderStatus(facts([reporting('a', AT / 1000 + 60), ownedBy('b', 's')]), 'text'));

    expect(rows.slice(1, 3).map(([, , reported]) => reported)).toEqual(['0s ago', '–']);
  });

  test('an empty table has no rows, and nothing undefined', () => {
    expect(renderStatus(facts([]), 'text')).not.toMatch(/undefined|NaN|null/);
  });
});

describe('the tables of KCL 3.0 to 3.4', () => {
  const former = [
    { name: 'app-CoordinatorState', found: true },
    { name: 'app-WorkerMetricStats', found: true, error: 'denied' },
  ];
  const table = { ...tableOf(ownedBy('a', KEY)), former };

  test('are named, and why one could not be read', () => {
    const [, first, second] = renderStatus({ table, readAt: AT, watched: undefined }, 'text').split('\n');
    expect(first).toBe('With app-CoordinatorState, a table of KCL 3.0 to 3.4');
    expect(second).toMatch(/^WARNING: app-WorkerMetricStats, .* could not be read; .*: denied$/);
  });

  test('are no warning where it is unknown whether there are any', () => {
    const unknown = { ...table, former: [{ name: 'app-CoordinatorState', found: false, error: 'denied' }] };
    const [, line] = renderStatus({ table: unknown, readAt: AT, watched: undefined }, 'text').split('\n');
    expect(line).toMatch(/^Whether there is a table app-CoordinatorState .* is unknown.*: denied$/);
  });

  test('are unknown where the application is', () => {
    const facts = { table: tableOf(ownedBy('a', KEY)), readAt: AT, watched: undefined, namesUnknown: true };
    expect(renderStatus(facts, 'text')).toContain('give --application-name');
    expect(JSON.parse(renderStatus(facts, 'json')).formerTables).toBeNull();
  });

  test('are in the JSON', () => {
    expect(JSON.parse(renderStatus({ table, readAt: AT, watched: undefined }, 'json')).formerTables).toEqual([
      { name: 'app-CoordinatorState', found: true, error: null },
      { name: 'app-WorkerMetricStats', found: true, error: 'denied' },
    ]);
  });
});

describe('as JSON', () => {
  test('has the documented fields', () => {
    const items: Parameters<typeof tableOf> = [ownedBy('a', KEY), reporting('a', AT / 1000), ended('x')];

    expect(JSON.parse(renderStatus(facts(items), 'json'))).toEqual({
      leaseTable: 'app',
      readAt: '2026-11-27T21:00:00.000Z',
      workers: [{ id: 'a', leader: false, leases: 1, reportedAt: '2026-11-27T21:00:00Z' }],
      shards: [
        {
          key: KEY,
          stream: '111111111111:orders',
          creationEpoch: 1_700_000_000,
          shardId: 'shardId-000000000001',
          owner: 'a',
          checkpoint: 'TRIM_HORIZON',
          subSequenceNumber: 0,
          leaseCounter: 7,
        },
      ],
      endedShards: 1,
      formerTables: [],
    });
  });

  test('watched it is one line for each reading, with the renewals', () => {
    const text = renderStatus(facts([leaseItem('s1')], { since: AT, renewals: new LeaseRenewals() }), 'json');

    expect(text.split('\n')).toHaveLength(2);
    expect(JSON.parse(text).shards).toMatchObject([{ owner: null, stream: null, renewedAt: null }]);
  });
});
