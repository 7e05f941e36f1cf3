import { HeldLeases } from '../../src/monitoring/held-leases.js';
import { createRegistry } from '../../src/monitoring/metrics.js';
import { KEPT_MS, ShardBoard } from '../../src/monitoring/shard-board.js';
import { WorkerStatus } from '../../src/monitoring/worker-status.js';
import { records } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';
import { EXPIRED, heldLeases, notRead, readLease } from './helpers/held-leases.js';

const LABELS = `stream="${STREAM.arn}",shard="shard-1"`;

function exporter(leases = new HeldLeases(), ready = async () => true) {
  const board = new ShardBoard();
  const worker = new WorkerStatus();
  let now = Date.now();
  const registry = createRegistry({
    version: '1.2.3',
    worker,
    tallies: () => board.tallies(now),
    durations: () => board.durations(),
    leases,
    leasesHeld: () => leases.held.length,
    ready,
  });
  const later = (ms: number) => {
    now += ms;
  };
  return { board, worker, later, text: () => registry.metrics() };
}

/** The samples of a metric, without its prefix, in its text form. */
async function samples(text: Promise<string>, name: string): Promise<string[]> {
  const prefix = `cross_account_kcl_${name}`;
  return (await text)
    .split('\n')
    .filter((line) => line.startsWith(`${prefix}{`) || line.startsWith(`${prefix} `))
    .map((line) => line.slice(prefix.length));
}

test('what a shard does is counted, with its stream and its name', async () => {
  const { board, text } = exporter();
  const observer = board.shardTaken(STREAM, 'shard-1');
  observer.batch(records(3), 2500);
  for (const seconds of [0.2, 0.2, 0.0001]) observer.attempt(seconds);
  observer.handled(2);
  observer.attemptFailed(new Error('x'));
  observer.retrying();
  observer.exhausted('skipped');
  observer.checkpointStored(0.02);
  observer.checkpointFailed(new Error('y'), 2);

  for (const [name, value] of [
    ['batches_received_total', 1],
    ['records_received_total', 3],
    ['bytes_received_total', 12],
    ['records_handled_total', 2],
    ['handler_failures_total', 1],
    ['handler_retries_total', 1],
    ['checkpoints_total', 1],
    ['checkpoint_failures_total', 1],
    ['behind_latest_seconds', 2.5],
  ] as const) {
    expect([name, await samples(text(), name)]).toEqual([name, [`{${LABELS}} ${value}`]]);
  }
  expect(await samples(text(), 'records_given_up_total')).toEqual([
    `{${LABELS},outcome="stopped"} 0`,
    `{${LABELS},outcome="skipped"} 1`,
    `{${LABELS},outcome="sent"} 0`,
  ]);
});

test('durations are those of all shards of a stream, and stay when a shard goes', async () => {
  const { board, text, later } = exporter();
  const observer = board.shardTaken(STREAM, 'shard-1');
  for (const seconds of [0.2, 0.0001]) observer.attempt(seconds);
  observer.checkpointStored(0.02);
  observer.left('shard ended');
  later(KEPT_MS + 1_000);
  await text();
  const other = board.shardTaken(STREAM, 'shard-2');
  other.attempt(0.2);
  other.checkpointFailed(new Error('y'), 2);
  const labels = `stream="${STREAM.arn}"`;

  for (const [name, value] of [
    ['handler_duration_seconds_count', 3],
    ['checkpoint_duration_seconds_count', 2],
    ['checkpoint_duration_seconds_sum', 2.02],
  ] as const) {
    expect([name, await samples(text(), name)]).toEqual([name, [`{${labels}} ${value}`]]);
  }
  const buckets = await samples(text(), 'handler_duration_seconds_bucket');
  expect(buckets).toContain(`{${labels},le="0.0001"} 1`);
  expect(buckets).toContain(`{${labels},le="0.1"} 1`);
  expect(buckets).toContain(`{${labels},le="0.5"} 3`);
  expect(buckets.at(-1)).toBe(`{${labels},le="+Inf"} 3`);
});

test('hundreds of shards have series of 3 KB each at most', async () => {
  const { board, text } = exporter();
  board.retention(new Map([[STREAM.arn, 86_400_000]]));
  const shards = 300;
  const before = (await text()).length;
  for (let number = 0; number < shards; number++) {
    const observer = board.shardTaken(STREAM, `shardId-${String(number).padStart(12, '0')}`);
    observer.batch(records(3), 2500);
    observer.checkpointStored(0.02);
  }
  expect(((await text()).length - before) / shards).toBeLessThan(3_000);
});

test('asking twice counts nothing twice', async () => {
  const { board, text } = exporter();
  board.shardTaken(STREAM, 'shard-1').handled(2);
  await text();

  expect(await samples(text(), 'records_handled_total')).toEqual([`{${LABELS}} 2`]);
});

test('a shard that was left keeps its counts for a last scrape, but no lag; then its series go', async () => {
  const { board, text, later } = exporter();
  const observer = board.shardTaken(STREAM, 'shard-1');
  observer.batch(records(1), 9_000);
  observer.handled(1);
  observer.left('shard ended');

  expect(await samples(text(), 'records_handled_total')).toEqual([`{${LABELS}} 1`]);
  expect(await samples(text(), 'behind_latest_seconds')).toEqual([]);
  later(KEPT_MS + 1_000);
  expect(await text()).not.toContain('shard="shard-1"');
});

test('how long the stream retains records is there where it is known', async () => {
  const { board, text } = exporter();
  board.retention(new Map([[STREAM.arn, 86_400_000]]));
  board.shardTaken(STREAM, 'shard-1');
  board.shardTaken({ ...STREAM, arn: `${STREAM.arn}-2` }, 'shard-1');

  expect(await samples(text(), 'retention_seconds')).toEqual([`{${LABELS}} 86400`]);
});

test('from its taking a shard has a time, before its first batch and checkpoint too; and of those no time of an earlier lease', async () => {
  const { board, text } = exporter();
  const before = board.shardTaken(STREAM, 'shard-1');
  before.batch(records(1), 0);
  before.checkpointStored(0.01);
  before.left('lease lost');
  const from = Date.now();
  board.shardTaken(STREAM, 'shard-1');
  const [taken = ''] = await samples(text(), 'lease_taken_timestamp_seconds');

  expect(taken).toContain(`{${LABELS}} `);
  const ms = Number(taken.split(' ').at(-1)) * 1000;
  expect(ms).toBeGreaterThanOrEqual(from);
  expect(ms).toBeLessThanOrEqual(Date.now());
  expect(await samples(text(), 'last_batch_timestamp_seconds')).toEqual([]);
  expect(await samples(text(), 'last_checkpoint_timestamp_seconds')).toEqual([]);
});

test('KPL aggregates that are dropped or handed over whole are counted', async () => {
  const { worker, text } = exporter();
  expect(await samples(text(), 'aggregates_dropped_total')).toEqual([' 0']);
  worker.aggregatesNotTakenApart({ dropped: 2, whole: 0 });
  worker.aggregatesNotTakenApart({ dropped: 1, whole: 4 });
  expect(await samples(text(), 'aggregates_dropped_total')).toEqual([' 3']);
  expect(await samples(text(), 'aggregates_whole_total')).toEqual([' 4']);
});

test('the JVM is up from its start to its end', async () => {
  const { worker, text } = exporter();
  const up = () => samples(text(), 'jvm_up');
  expect(await up()).toEqual([' 0']);
  worker.jvmStarted();
  expect(await up()).toEqual([' 1']);
  worker.jvmEnded();
  expect(await up()).toEqual([' 0']);
});

test('leases that are held, shards that are read, and those that are not: since when, and how often it failed', async () => {
  const leases = heldLeases([readLease('shard-0'), notRead('shard-1', { AccessDeniedException: 7 })]);
  const { text } = exporter(leases);

  expect(await samples(text(), 'leases_held')).toEqual([' 2']);
  expect(await samples(text(), 'shards_read')).toEqual([' 1']);
  expect(await samples(text(), 'unread_seconds')).toEqual([expect.stringMatching(`^{${LABELS}} [0-9.e-]+$`)]);
  expect(await samples(text(), 'read_failures_total')).toEqual([
    `{${LABELS},error="AccessDeniedException"} 7`,
  ]);
  leases.take({ leases: [readLease('shard-0'), readLease('shard-1')], failingCalls: [] });
  expect(await samples(text(), 'shards_read')).toEqual([' 2']);
  expect(await samples(text(), 'unread_seconds')).toEqual([]);
});

test('credentials that AWS refuses', async () => {
  const leases = heldLeases([]);
  expect(await samples(exporter(leases).text(), 'credentials_valid')).toEqual([' 1']);
  leases.take({ leases: [], failingCalls: [EXPIRED] });
  expect(await samples(exporter(leases).text(), 'credentials_valid')).toEqual([' 0']);
});

test.each([
  [true, ' 1'],
  [false, ' 0'],
])('that /readyz says %p is told as%s', async (ready, told) => {
  expect(await samples(exporter(undefined, async () => ready).text(), 'ready')).toEqual([told]);
});

test('names, types and units follow the conventions of Prometheus', async () => {
  const text = await exporter().text();
  const ours = [...text.matchAll(/^# TYPE (cross_account_kcl_\w+) (\w+)$/gm)].map(([, name, type]) => [
    name,
    type,
  ]);

  expect(ours.length).toBeGreaterThan(15);
  for (const [name, type] of ours) {
    if (type === 'counter') expect(name).toMatch(/_total$/);
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    if (type === 'gauge') expect(name).not.toMatch(/_total$/);
  }
  expect(text).toContain('cross_account_kcl_build_info{version="1.2.3"} 1');
  expect(text).toContain('\nprocess_cpu_seconds_total ');
  expect(text).toContain('\nnodejs_eventloop_lag_p99_seconds ');
});
