import { renderTrackers } from '../../src/cli/tracker-output.js';
import type { LeaseLine, TrackerEntry, TrackerReport } from '../../src/leases/tracker-report.js';

const ORDERS: TrackerEntry = {
  streamArn: 'arn:aws:kinesis:eu-west-1:111111111111:stream/orders',
  creationEpoch: 1_700_000_000,
  source: 'leases',
  leases: 2,
};
const PAYMENTS: TrackerEntry = {
  streamArn: 'arn:aws:kinesis:eu-west-1:333333333333:stream/payments',
  creationEpoch: 1_600_000_000,
  source: 'stream',
  leases: 0,
};
const LEASE: LeaseLine = {
  key: '111111111111:orders:1700000000:shardId-000000000000',
  shardId: 'shardId-000000000000',
  stream: '111111111111:orders',
  creationEpoch: 1_700_000_000,
  owner: 'host-1:5e0f',
  checkpoint: '4960',
  subSequenceNumber: 0,
};

function report(streams: TrackerEntry[], leases?: LeaseLine[]): TrackerReport {
  const table = { name: 'app', entityCounts: { LEASE: leases?.length ?? 0 }, hasIndex: true };
  return { streams, leaseTable: leases && { ...table, leases } };
}

/** The cells of each row of the tables. */
function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('│'))
    .map((line) =>
      line
        .split('│')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe('as text', () => {
  test('each stream is a row, its epoch also as a time', () => {
    expect(rowsOf(renderTrackers(report([ORDERS, PAYMENTS]), undefined, 'text'))).toEqual([
      ['stream', 'creation epoch', 'which is', 'from', 'leases'],
      [ORDERS.streamArn, '1700000000', '2023-11-14T22:13:20Z', 'leases', '2'],
      [PAYMENTS.streamArn, '1600000000', '2020-09-13T12:26:40Z', 'stream', '0'],
    ]);
  });

  test('each lease is a row, a sub-sequence number stands behind the checkpoint', () => {
    const single = { ...LEASE, stream: null, creationEpoch: null, owner: null, subSequenceNumber: 3 };
    const rows = rowsOf(renderTrackers(report([], [LEASE, single]), 'app', 'text'));

    expect(rows.slice(1)).toEqual([
      ['stream', 'epoch', 'shard', 'owner', 'checkpoint'],
      ['111111111111:orders', '1700000000', 'shardId-000000000000', 'host-1:5e0f', '4960'],
      ['–', '–', 'shardId-000000000000', '(none)', '4960/3'],
    ]);
  });

  test('a contradiction is a warning', () => {
    const contradicted = { ...ORDERS, contradiction: 'the epochs differ' };

    expect(renderTrackers(report([contradicted]), undefined, 'text')).toContain(
      '\nWARNING: the epochs differ\n',
    );
  });

  test.each([
    [
      'that was not looked at',
      undefined,
      undefined,
      'No lease table was looked at: give --application-name.',
    ],
    ['that does not exist', undefined, 'app', 'There is no lease table app yet.'],
    ['without items', { entityCounts: {} }, 'app', 'Lease table app: empty'],
    [
      'with items of several kinds',
      { entityCounts: { LEASE: 4, LEADER: 1 } },
      'app',
      'Lease table app: 4 LEASE, 1 LEADER',
    ],
    [
      'without its index',
      { entityCounts: { LEASE: 4 }, hasIndex: false },
      'app',
      'Lease table app: 4 LEASE; the index LeaseOwnerToLeaseKeyIndex is missing',
    ],
  ])('a lease table %s', (_what, found, application, line) => {
    const leaseTable = found && { name: 'app', leases: [], hasIndex: true, ...found };

    expect(renderTrackers({ streams: [], leaseTable }, application, 'text').split('\n')).toContain(line);
  });

  test('no line says undefined or null', () => {
    const nothing = { ...LEASE, stream: null, creationEpoch: null, owner: null };

    expect(renderTrackers(report([ORDERS], [nothing]), 'app', 'text')).not.toMatch(/undefined|null/);
  });
});

describe('as JSON', () => {
  test('it is the report', () => {
    const found = report([{ ...ORDERS, contradiction: 'the epochs differ' }], [LEASE]);

    expect(JSON.parse(renderTrackers(found, 'app', 'json'))).toEqual(found);
  });

  test('a lease table that is missing is null', () => {
    expect(JSON.parse(renderTrackers(report([ORDERS]), 'app', 'json'))).toEqual({
      streams: [ORDERS],
      leaseTable: null,
    });
  });

  test('it ends with the end of a line', () => {
    expect(renderTrackers(report([ORDERS]), 'app', 'json')).toMatch(/\}\n$/);
  });
});

describe('as properties', () => {
  test('one stream has no number', () => {
    expect(renderTrackers(report([ORDERS]), undefined, 'properties')).toBe(
      `streamArn = ${ORDERS.streamArn}\nstreamCreationEpoch = 1700000000\n`,
    );
  });

  test('several streams are numbered, below the name of the application', () => {
    expect(renderTrackers(report([ORDERS, PAYMENTS]), 'app', 'properties')).toBe(
      [
        'applicationName = app',
        `streams.1.streamArn = ${ORDERS.streamArn}`,
        'streams.1.streamCreationEpoch = 1700000000',
        `streams.2.streamArn = ${PAYMENTS.streamArn}`,
        'streams.2.streamCreationEpoch = 1600000000',
        '',
      ].join('\n'),
    );
  });

  test('a stream with leases of several epochs is there once, with the first: `start` takes no stream twice', () => {
    const former = { ...ORDERS, creationEpoch: 1_600_000_000 };

    expect(renderTrackers(report([ORDERS, former]), 'app', 'properties')).toBe(
      `applicationName = app\nstreamArn = ${ORDERS.streamArn}\nstreamCreationEpoch = 1700000000\n`,
    );
  });
});
