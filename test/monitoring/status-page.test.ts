import { HeldLeases } from '../../src/monitoring/held-leases.js';
import { lagPlot } from '../../src/monitoring/lag-plot.js';
import { type PageFacts, statusPage } from '../../src/monitoring/status-page.js';
import { WorkerStatus } from '../../src/monitoring/worker-status.js';
import { STREAM } from '../helpers/stream.js';
import { leaseItem } from '../leases/helpers/lease-tables.js';
import { heldLeases, notRead } from './helpers/held-leases.js';
import { ended, led, ownedBy, reporting, tableOf } from './helpers/lease-tables.js';
import { heldTally, PAYMENTS, shardName } from './helpers/tallies.js';

const NOW = Date.now();
const HOSTILE = `<img src=x onerror="alert(1)">'&`;

function page(facts: Partial<PageFacts> = {}): string {
  const worker = new WorkerStatus();
  worker.jvmStarted();
  worker.kclStarted('me', NOW);
  return statusPage({
    version: '1.2.3',
    application: 'orders-reader',
    transport: 'host',
    streams: [STREAM],
    worker,
    live: { ok: true, reason: 'JVM up' },
    ready: { ok: true, reason: 'holds 1 lease' },
    tallies: [],
    leases: { table: undefined, readAt: NOW, error: undefined },
    held: new HeldLeases(),
    eventLoopDelayMs: 21.4,
    now: NOW,
    ...facts,
  });
}

/** What is read of it, row by row. */
function textOf(html: string): string {
  return html
    .replace(/<style>.*?<\/style>|<title>.*?<\/title>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}

function withTable(...items: Parameters<typeof tableOf>) {
  return { leases: { table: tableOf(...items), readAt: NOW, error: undefined } };
}

test('it says who it is, and how', () => {
  const text = textOf(page());

  for (const part of [
    'orders-reader',
    'Alive yes JVM up',
    'Ready yes holds 1 lease',
    'Worker me',
    STREAM.arn,
    'late by 21 ms',
  ]) {
    expect(text).toContain(part);
  }
});

test('it loads nothing and runs nothing', () => {
  const html = page();

  expect(html).not.toMatch(/<script|<link(?! rel="icon" href="data:,")|<img|url\(|https?:/);
  expect(html).toContain('<meta http-equiv="refresh" content="5">');
});

test('a shard that is read here has its lag, its plot, its counts and its checkpoint', () => {
  const { tally, observer } = heldTally(3);
  observer.batch([], 95_000);
  observer.handled(1_234);
  observer.checkpointStored(0.01);
  // Not before what was just told.
  const text = textOf(page({ now: Date.now(), tallies: [tally], ...withTable(ownedBy('me', tally.shard)) }));

  expect(text).toContain(`${tally.shard} read here 1m 35s 1m 35s at most 1,234`);
  expect(text).toMatch(/TRIM_HORIZON –/);
});

test("a lease that is held and not read has a row with the failure in AWS's words, and no lag of before", () => {
  const { tally, observer } = heldTally(1);
  observer.batch([], 0);
  const held = heldLeases(
    [
      notRead(shardName(0)),
      notRead(shardName(1)),
      { ...notRead(shardName(2)), state: 'waits for its parents' },
    ],
    75_000,
  );
  const text = textOf(page({ held, tallies: [tally] }));

  for (const shard of [shardName(0), shardName(1)]) {
    expect(text).toMatch(new RegExp(`${shard} held here, not read for 1m 1\\ds –`));
  }
  expect(text).toMatch(/GetShardIterator: AccessDeniedException: User: x is not authorized 7 times in /);
  expect(text).toContain(`${shardName(2)} held here waits for its parents`);
});

test("what failed is told, and a handler's error can't become HTML", () => {
  const { tally, observer } = heldTally();
  observer.attemptFailed(new Error(HOSTILE));
  observer.exhausted('skipped');
  const html = page({
    tallies: [tally],
    application: HOSTILE,
    leases: { table: undefined, readAt: undefined, error: HOSTILE },
  });

  expect(html).not.toContain('<img');
  expect(html).toContain('Error: &lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;');
  expect(textOf(html)).toContain('1 attempt failed, 1 skipped');
});

test('shards of other workers, of none, and those that are read to their end', () => {
  const text = textOf(
    page(
      withTable(
        ownedBy('you', shardName(1)),
        leaseItem(shardName(2)),
        ended(shardName(3)),
        ended(shardName(4)),
      ),
    ),
  );

  expect(text).toContain(`${shardName(1)} other worker you`);
  expect(text).toContain(`${shardName(2)} no owner`);
  expect(text).not.toContain(shardName(3));
  expect(text).toContain('2 shards are read to the end.');
});

test('a shard that was left says why, and who has it now', () => {
  const { tally, observer } = heldTally(1);
  observer.batch([], 500);
  observer.left('handed over');

  expect(textOf(page({ tallies: [tally], ...withTable(ownedBy('you', tally.shard)) }))).toMatch(
    /other worker you handed over, \d+s ago –/,
  );
});

test('workers with their leases, their last report, and which is the leader', () => {
  const s = Math.floor(NOW / 1000);
  const text = textOf(
    page(withTable(ownedBy('me', 's1'), ownedBy('gone', 's2'), reporting('me', s - 7), led('me'))),
  );

  expect(text).toMatch(/gone 1 –/);
  expect(text).toMatch(/me this one, leader 1 [78]s ago/);
});

test('of several streams each shard says its own, also of one that is not configured any more', () => {
  const of = (account: string, name: string) =>
    ownedBy('you', `${account}:${name}:1700000000:${shardName(0)}`);
  const text = textOf(
    page({
      streams: [STREAM, PAYMENTS],
      ...withTable(of('111122223333', 'orders'), of('333333333333', 'payments'), of('444444444444', 'old')),
    }),
  );

  for (const stream of [STREAM.arn, PAYMENTS.arn, '444444444444:old'])
    expect(text).toContain(`${shardName(0)} ${stream}`);
});

test.each([
  [
    { table: undefined, readAt: NOW, error: undefined },
    'The lease table does not exist any more. It was deleted',
  ],
  [{ table: undefined, readAt: NOW - 1, error: undefined }, 'There is no lease table yet'],
  [{ table: undefined, readAt: undefined, error: undefined }, 'The lease table has not answered yet'],
  [{ table: undefined, readAt: undefined, error: 'denied' }, "can't be read. Owners are not known. denied"],
  [{ table: tableOf(), readAt: NOW - 65_000, error: 'denied' }, 'What is shown is 1m 5s old. denied'],
])('what is wrong with the lease table is told: %#', (leases, note) => {
  expect(textOf(page({ leases }))).toContain(note);
});

test('before KCL has started there may be no lease table yet', () => {
  expect(textOf(page({ worker: new WorkerStatus() }))).toContain('There is no lease table yet.');
});

test('with multilang it says what it does not know', () => {
  expect(textOf(page({ transport: 'multilang' }))).toContain('each shard has a process of its own');
});

test('no part of it is undefined or NaN', () => {
  const { tally } = heldTally();
  expect(page({ tallies: [tally], worker: new WorkerStatus(), eventLoopDelayMs: undefined })).not.toMatch(
    /undefined|NaN/,
  );
});

describe('the plot', () => {
  test('has a gap where nothing was told', () => {
    const { text } = lagPlot([undefined, 0, 1000, undefined, 500], 'lag');

    expect(text.match(/<path/g)).toHaveLength(2);
    expect(text).toContain('d="M1,24 L1,23 2,23 2,1 3,1 L3,24 Z"');
    expect(text).toContain('d="M4,24 L4,12 5,12 L5,24 Z"');
  });

  test('of little lag is flat', () => {
    expect(lagPlot([10], 'lag').text).toContain('L0,22.8 1,22.8');
  });

  test('of no points is empty', () => {
    expect(lagPlot([undefined], 'lag').text).not.toContain('<path');
  });
});

test('a table of KCL 3.0 to 3.4 that is not readable is named, since workers may be missing', () => {
  const { leases } = withTable(ownedBy('me', shardName(0)));
  const former = [
    { name: 'orders-CoordinatorState', found: true },
    { name: 'orders-WorkerMetricStats', found: true, error: 'denied' },
  ];
  const text = textOf(page({ leases: { ...leases, table: { ...leases.table, former } } }));

  expect(text).toContain("orders-WorkerMetricStats can't be read: denied");
  expect(text).not.toContain('orders-CoordinatorState');
});

test('a table of KCL 3.0 to 3.4 that may not be asked for is not said to be there', () => {
  const { leases } = withTable(ownedBy('me', shardName(0)));
  const former = [{ name: 'orders-CoordinatorState', found: false, error: 'denied' }];
  const text = textOf(page({ leases: { ...leases, table: { ...leases.table, former } } }));

  expect(text).toContain(
    'Whether there is a table orders-CoordinatorState of KCL 3.0 to 3.4 is unknown: denied',
  );
  expect(text).not.toContain("can't be read");
});
