import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createStream, type Lab, startLab } from '../../lab/lab.js';
import { projectRoot } from '../../lab/project-root.js';
import { labOnly } from '../../lab/worker-process.js';
import { parseStreamArn } from '../../src/aws/arn.js';
import { checkStream } from '../../src/leases/check-stream.js';
import type { TrackerReport } from '../../src/leases/tracker-report.js';
import { noteAssumed, setStreamRole } from '../aws/helpers/roles.js';
import { load } from '../config/load-helpers.js';
import { NO_SDK_NOTICE } from '../helpers/no-sdk-notice.js';
import { type Item, leaseItem, makeLeaseTable } from '../leases/helpers/lease-tables.js';
import { lookUp } from '../leases/helpers/look-up.js';

const CLI = join(projectRoot, 'dist', 'cli.js');
const SHARDS = ['shardId-000000000000', 'shardId-000000000001'] as const;
const FORMER = 1_600_000_000;
const CHECKPOINT = '49600000000000000000000000000000000000000000000000000001';

let lab: Lab;
const assumed: string[] = [];
/** Two of the owner's, and their creation epochs. */
let orders: string;
let payments: string;
let epochs: { orders: number; payments: number };
beforeAll(async () => {
  lab = await startLab(noteAssumed(assumed));
  orders = await createStream(lab.owner, 'orders', 2);
  payments = await createStream(lab.owner, 'payments', 1);
  const epochOf = async (arn: string) =>
    (await checkStream(lookUp(lab.reader.kinesis, parseStreamArn(arn)))).creationEpoch;
  epochs = { orders: await epochOf(orders), payments: await epochOf(payments) };
  await makeLeaseTable(lab.reader, 'two-streams', twoStreams());
  await makeLeaseTable(lab.reader, 'single', [leaseItem(SHARDS[0])], { index: false });
  await makeLeaseTable(lab.reader, 'former', [leaseItem(key('orders', FORMER, 0))]);
});
afterAll(() => lab.stop());

function key(stream: string, epoch: number, shard: 0 | 1): string {
  return `111111111111:${stream}:${epoch}:${SHARDS[shard]}`;
}

/** As KCL 3.5 leaves it: one lease is held, one was checkpointed within an aggregated record, one is new. */
function twoStreams(): Item[] {
  return [
    leaseItem(key('orders', epochs.orders, 0), {
      leaseOwner: { S: 'host-1:5e0f' },
      checkpoint: { S: CHECKPOINT },
      checkpointSubSequenceNumber: { N: '3' },
    }),
    leaseItem(key('orders', epochs.orders, 1), { checkpoint: { S: 'SHARD_END' } }),
    leaseItem(key('payments', epochs.payments, 0)),
    { leaseKey: { S: 'host-1:5e0f' }, entityType: { S: 'WORKER_METRIC_STATS' } },
    { leaseKey: { S: 'host-2:77aa' }, entityType: { S: 'WORKER_METRIC_STATS' } },
    { leaseKey: { S: 'Leader' }, entityType: { S: 'LEADER' } },
    { leaseKey: { S: 'Migration3.0' }, entityType: { S: 'CLIENT_VERSION_MIGRATION' } },
  ];
}

/** Runs `tracker` as the reader, with an environment that is right but for what is given. */
async function tracker(args: readonly string[], env: Record<string, string | undefined> = {}) {
  const { KINESIS_ENDPOINT, DYNAMO_DB_ENDPOINT } = labOnly(lab);
  const right = { PATH: process.env.PATH, ...NO_SDK_NOTICE, KINESIS_ENDPOINT, DYNAMO_DB_ENDPOINT };
  const child = spawn(process.execPath, [CLI, 'tracker', ...args], {
    env: { ...right, ...lab.reader.env, AWS_REGION: undefined, ...env } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const [status] = await once(child, 'close');
  return { status: status as number | null, ...output };
}

/** Expects that it ends well, and returns what it printed. */
async function printed(args: readonly string[], env?: Record<string, string | undefined>): Promise<string> {
  const { status, stdout, stderr } = await tracker(args, env);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

async function json(args: readonly string[]): Promise<TrackerReport> {
  return JSON.parse(await printed([...args, '-o', 'json'])) as TrackerReport;
}

/** One line of a table, with whatever stands between the cells. */
function row(...cells: (string | number)[]): RegExp {
  return new RegExp(cells.map((cell) => String(cell).replaceAll(/[.()/]/g, '\\$&')).join('\\s*│\\s*'));
}

describe('text', () => {
  test("a stream without a lease table has the epoch of Kinesis, and the table's name is told", async () => {
    const text = await printed(['--stream-arn', orders]);

    expect(text).toMatch(row(orders, epochs.orders));
    expect(text).toMatch(row('stream', 0));
    expect(text).toContain('There is no lease table cross-account-kcl-111111111111-orders yet.');
  });

  test('several streams are told of, without a lease table unless it is named', async () => {
    const text = await printed(['--stream-arn', orders, payments]);

    expect(text).toMatch(row(orders, epochs.orders));
    expect(text).toMatch(row(payments, epochs.payments));
    expect(text).toContain('No lease table was looked at');
  });

  test('the leases of both streams are listed, and the items of other kinds are counted', async () => {
    const text = await printed(['--stream-arn', orders, payments, '--application-name', 'two-streams']);

    expect(text).toMatch(
      row('111111111111:orders', epochs.orders, SHARDS[0], 'host-1:5e0f', `${CHECKPOINT}/3`),
    );
    expect(text).toMatch(row('111111111111:orders', epochs.orders, SHARDS[1], '(none)', 'SHARD_END'));
    expect(text).toMatch(row('111111111111:payments', epochs.payments, SHARDS[0], '(none)', 'TRIM_HORIZON'));
    expect(text).toMatch(/Lease table two-streams: .*3 LEASE/);
    expect(text).toMatch(/Lease table two-streams: .*2 WORKER_METRIC_STATS/);
    expect(text).toMatch(/Lease table two-streams: .*1 LEADER/);
    expect(text).toMatch(/Lease table two-streams: .*1 CLIENT_VERSION_MIGRATION/);
    expect(text).not.toContain('WARNING');
  });

  test('the application alone tells its streams', async () => {
    const text = await printed(['--application-name', 'two-streams', '--region-name', 'us-east-1']);

    expect(text).toMatch(row(orders, epochs.orders));
    expect(text).toMatch(row(payments, epochs.payments));
  });

  test('a lease table of the single-stream form names no stream, and lacks the index of KCL 3', async () => {
    const text = await printed(['--application-name', 'single', '--region-name', 'us-east-1']);

    expect(text).toMatch(row('–', '–', SHARDS[0], '(none)', 'TRIM_HORIZON'));
    expect(text).toContain('Lease table single: 1 LEASE; the index LeaseOwnerToLeaseKeyIndex is missing');
    expect(text).not.toContain('arn:aws');
  });

  test('leases of another epoch contradict the stream', async () => {
    const text = await printed(['--stream-arn', orders, '--application-name', 'former']);

    expect(text).toMatch(
      new RegExp(`WARNING: the stream ${orders} was created at ${epochs.orders} .*leases have ${FORMER} `),
    );
    expect(text).toContain('--allow-epoch-change');
  });
});

describe('JSON', () => {
  test('has the documented fields', async () => {
    expect(await json(['--stream-arn', orders, '--application-name', 'two-streams'])).toEqual({
      streams: [{ streamArn: orders, creationEpoch: epochs.orders, source: 'leases', leases: 2 }],
      leaseTable: {
        name: 'two-streams',
        hasIndex: true,
        entityCounts: { LEASE: 3, WORKER_METRIC_STATS: 2, LEADER: 1, CLIENT_VERSION_MIGRATION: 1 },
        leases: [
          {
            key: key('orders', epochs.orders, 0),
            stream: '111111111111:orders',
            creationEpoch: epochs.orders,
            shardId: SHARDS[0],
            owner: 'host-1:5e0f',
            checkpoint: CHECKPOINT,
            subSequenceNumber: 3,
          },
          expect.objectContaining({ key: key('orders', epochs.orders, 1), checkpoint: 'SHARD_END' }),
          expect.objectContaining({ key: key('payments', epochs.payments, 0), owner: null }),
        ],
      },
    });
  });

  test('has null for a lease table that does not exist', async () => {
    expect((await json(['--stream-arn', orders])).leaseTable).toBeNull();
  });

  test('has the contradiction', async () => {
    const { streams } = await json(['--stream-arn', orders, '--application-name', 'former']);

    expect(streams).toMatchObject([
      { source: 'stream', contradiction: expect.stringContaining(`${FORMER}`) },
    ]);
  });
});

describe('property lines', () => {
  /** What `start` would make of them. */
  const loaded = (properties: string) => {
    const { config } = load({ properties });
    const streams = config.streams.map(({ stream, creationEpoch }) => [stream.arn, creationEpoch]);
    return { application: config.applicationName, streams };
  };

  test('of one stream are loaded as they were printed', async () => {
    expect(loaded(await printed(['--stream-arn', orders, '-o', 'properties']))).toEqual({
      application: 'cross-account-kcl-111111111111-orders',
      streams: [[orders, epochs.orders]],
    });
  });

  test('of several streams are loaded as they were printed', async () => {
    const args = ['--stream-arn', payments, orders, '--application-name', 'two-streams', '-o', 'properties'];

    expect(loaded(await printed(args))).toEqual({
      application: 'two-streams',
      streams: [
        [payments, epochs.payments],
        [orders, epochs.orders],
      ],
    });
  });

  test('of an application alone are loaded as they were printed', async () => {
    const args = ['--application-name', 'two-streams', '--region-name', 'us-east-1', '-o', 'properties'];

    expect(loaded(await printed(args))).toEqual({
      application: 'two-streams',
      streams: [
        [orders, epochs.orders],
        [payments, epochs.payments],
      ],
    });
  });
});

describe('the environment', () => {
  test('gives what the flags do not', async () => {
    const env = { STREAM_ARN: orders, APPLICATION_NAME: 'two-streams' };

    expect(await printed([], env)).toContain('Lease table two-streams: ');
  });

  test('gives way to the flags', async () => {
    const text = await printed(['--stream-arn', payments], { STREAM_ARN: orders });

    expect(text).toContain(payments);
    expect(text).not.toContain(orders);
  });

  test.each(['AWS_REGION', 'AWS_DEFAULT_REGION'])('tells the region as %s', async (name) => {
    const text = await printed(['--application-name', 'two-streams'], { [name]: 'us-east-1' });

    expect(text).toContain(orders);
  });

  test('tells the region as AWS_DEFAULT_REGION, where AWS_REGION is empty', async () => {
    const env = { AWS_REGION: '', AWS_DEFAULT_REGION: 'us-east-1' };

    expect(await printed(['--application-name', 'two-streams'], env)).toContain(orders);
  });
});

test('the lease table is looked for in its own region', async () => {
  const args = ['--stream-arn', orders, '--application-name', 'two-streams'];

  expect(await printed([...args, '--lease-table-region', 'eu-west-1'])).toContain(
    'There is no lease table two-streams yet.',
  );
});

test('the stream is asked for with the role, and the lease table without', async () => {
  const role = 'arn:aws:iam::111111111111:role/stream-reader';
  setStreamRole(lab, role, { trusts: lab.reader.id, externalId: 'secret' });
  const args = ['--stream-role-arn', role, '--stream-role-external-id', 'secret'];
  const text = await printed(['--stream-arn', orders, '--application-name', 'two-streams', ...args], {
    AWS_ENDPOINT_URL_STS: lab.gate.endpoint,
    KINESIS_ENDPOINT: lab.gate.endpoint,
    DYNAMO_DB_ENDPOINT: lab.gate.endpoint,
  });

  expect(text).toContain('Lease table two-streams: ');
  expect(assumed).toEqual([role]);
});

describe('lines for a properties file warn, as comments,', () => {
  test('of a lease table that start would refuse', async () => {
    const lines = await printed(['--stream-arn', orders, '--application-name', 'single', '-o', 'properties']);

    expect(lines).toMatch(/^# WARNING: the lease table single has leases like shardId-000000000000/);
    expect(load({ properties: lines }).config.streams).toMatchObject([{ creationEpoch: epochs.orders }]);
  });

  test('of a lease table that names no stream', async () => {
    const args = ['--application-name', 'single', '--region-name', 'us-east-1', '-o', 'properties'];

    expect(await printed(args)).toBe(
      '# WARNING: there are no leases that name a stream in single\napplicationName = single\n',
    );
  });
});

describe('bad input ends with 2 and one message', () => {
  const EUROPE = 'arn:aws:kinesis:eu-west-1:111111111111:stream/orders';
  const US = 'arn:aws:kinesis:us-east-1:111111111111:stream/orders';

  test.each([
    ['nothing', [], /streamArn: is missing; give --stream-arn, or --application-name/],
    [
      'a malformed ARN',
      ['--stream-arn', 'orders'],
      /--stream-arn: 'orders' can't be used: .*; expected arn:aws/,
    ],
    [
      'ARNs of two regions',
      ['--stream-arn', US, EUROPE],
      /--stream-arn: arn:.*eu-west-1.* is in another region than arn:.*us-east-1/,
    ],
    [
      'an application without a region',
      ['--application-name', 'two-streams'],
      /regionName: is missing; .*--region-name or AWS_REGION/,
    ],
    [
      'an application in a region that is none',
      ['--application-name', 'two-streams', '--region-name', 'Europe'],
      /regionName: 'Europe' can't be used; expected a region, like eu-west-1/,
    ],
    [
      'an unknown form of output',
      ['--stream-arn', US, '--output', 'xml'],
      /'xml' is invalid\. Allowed choices are text, json, properties/,
    ],
    ['an unknown option', ['--dance'], /unknown option '--dance'/],
    [
      'a lease table in a region that is none',
      ['--stream-arn', US, '--lease-table-region', 'x y'],
      /--lease-table-region <region>' argument 'x y' is invalid\. Expected a region, like eu-west-1/,
    ],
    [
      'an endpoint that is no URL',
      ['--stream-arn', US, '--kinesis-endpoint', 'foo'],
      /--kinesis-endpoint <url>' argument 'foo' is invalid\. Expected http or https URL/,
    ],
    [
      'a role that is none',
      ['--stream-arn', US, '--stream-role-arn', 'foo'],
      /--stream-role-arn <arn>' argument 'foo' is invalid\. Expected ARN of an IAM role/,
    ],
    [
      'a name that no application has',
      ['--application-name', 'x', '--region-name', 'us-east-1'],
      /--application-name <name>' argument 'x' is invalid\. Expected 3-255 of/,
    ],
    ['an argument that belongs to no option', ['orders'], /too many arguments/],
  ])('%s', async (_what, args, message) => {
    const { status, stdout, stderr } = await tracker(args);

    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

describe('what AWS refuses ends with 3 and one message', () => {
  test.each([
    [
      'a stream that does not exist',
      {},
      /^cross-account-kcl: the stream .*missing can't be read: there is no such stream\n.*account 111111111111/,
    ],
    ['a Kinesis that is down', { KINESIS_ENDPOINT: 'http://127.0.0.1:1' }, /Kinesis can't be reached/],
    ['a DynamoDB that is down', { DYNAMO_DB_ENDPOINT: 'http://127.0.0.1:1' }, /DynamoDB can't be reached/],
  ])('%s', async (_what, env, message) => {
    const { status, stdout, stderr } = await tracker(['--stream-arn', `${orders}-missing`], env);

    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(status).toBe(3);
  });
});

test('--help lists the flags with their environment, and examples', async () => {
  const text = await printed(['--help']);

  expect(text).toMatch(/--stream-arn <arn\.\.\.> .*STREAM_ARN/s);
  expect(text).toMatch(/--output <form> .*"text",\s+"json",\s+"properties"/s);
  expect(text).toContain('cross-account-kcl tracker --application-name');
});
