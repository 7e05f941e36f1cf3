import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DeleteTableCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Lab, startLab } from '../../lab/lab.js';
import { labOnly } from '../../lab/worker-process.js';
import { kclTables } from '../../src/aws/kcl-tables.js';
import { NO_SDK_NOTICE } from '../helpers/no-sdk-notice.js';
import { CLI, runCli } from '../integration/helpers/cli.js';
import { FORMER_WORKER, makeFormerTables } from '../leases/helpers/former-tables.js';
import { makeLeaseTable } from '../leases/helpers/lease-tables.js';
import { ended, ownedBy, reporting } from '../monitoring/helpers/lease-tables.js';

const ARN = 'arn:aws:kinesis:us-east-1:111111111111:stream/orders';

let lab: Lab;
let env: Record<string, string>;
beforeAll(async () => {
  lab = await startLab();
  const { DYNAMO_DB_ENDPOINT = '' } = labOnly(lab);
  env = { ...lab.reader.env, DYNAMO_DB_ENDPOINT } as Record<string, string>;
  const items = [
    ownedBy('host-1:a', 'shardId-000000000000'),
    ended('shardId-000000000001'),
    reporting('host-1:a', 1),
  ];
  await makeLeaseTable(lab.reader, 'orders-reader', items);
  await makeLeaseTable(lab.reader, 'cross-account-kcl-111111111111-orders', items);
});
afterAll(() => lab.stop());

function status(...args: string[]) {
  return runCli(['status', ...args], { env });
}

test('an application is found by its name, and no Kinesis is asked', async () => {
  const {
    status: code,
    stdout,
    stderr,
  } = await status('--application-name', 'orders-reader', '--region-name', 'us-east-1');

  expect(stderr).toBe('');
  expect(stdout).toMatch(/^Lease table orders-reader at .*: 1 worker, 1 shard open, 1 read to the end\n/);
  expect(stdout).toMatch(/│ shardId-000000000000 │ host-1:a │/);
  expect(code).toBe(0);
});

test('an application without a name of its own is found by its stream', async () => {
  const { stdout } = await status('--stream-arn', ARN, '--output', 'json');

  expect(JSON.parse(stdout)).toMatchObject({
    leaseTable: 'cross-account-kcl-111111111111-orders',
    shards: [{ owner: 'host-1:a' }],
    endedShards: 1,
  });
});

test('of an application of KCL 3.1 the workers and the leader are found, by the names of its tables', async () => {
  const tables = kclTables('three', { lease: 'three-leases', coordinatorState: 'three-state' });
  await makeFormerTables(lab.reader, tables);
  const args = ['--application-name', 'three', '--region-name', 'us-east-1', '--output', 'json'];
  const byFlags = await status(
    ...args,
    '--lease-table',
    'three-leases',
    '--coordinator-state-table',
    'three-state',
  );
  const byEnvironment = await runCli(['status', ...args], {
    env: { ...env, KCL_TABLE_NAME: 'three-leases', KCL_COORDINATOR_STATE_TABLE_NAME: 'three-state' },
  });

  for (const { stdout } of [byFlags, byEnvironment]) {
    expect(JSON.parse(stdout)).toMatchObject({
      leaseTable: 'three-leases',
      workers: [{ id: FORMER_WORKER, leader: true, leases: 2, reportedAt: expect.any(String) }],
      formerTables: [
        { name: 'three-state', found: true, error: null },
        { name: 'three-WorkerMetricStats', found: true, error: null },
      ],
    });
  }
});

test('of a lease table without its application nothing is guessed', async () => {
  await makeFormerTables(lab.reader, kclTables('guessed', { lease: 'guessed-leases' }));
  const args = ['--region-name', 'us-east-1'];
  const byFlag = await status(...args, '--lease-table', 'guessed-leases');
  const byEnvironment = await runCli(['status', ...args], {
    env: { ...env, KCL_TABLE_NAME: 'guessed-leases' },
  });
  for (const { stdout } of [byFlag, byEnvironment]) {
    expect(stdout).toContain('may be in other tables, whose names are unknown; give --application-name');
  }
  const json = await status(...args, '--lease-table', 'guessed-leases', '--output', 'json');
  expect(JSON.parse(json.stdout)).toMatchObject({ formerTables: null, shards: [{}, {}] });

  const named = await status(
    ...[...args, '--lease-table', 'guessed-leases', '--output', 'json'],
    ...['--coordinator-state-table', 'guessed-CoordinatorState'],
    ...['--worker-metrics-table', 'guessed-WorkerMetricStats'],
  );
  expect(JSON.parse(named.stdout)).toMatchObject({ workers: [{ id: FORMER_WORKER, leader: true }] });
});

test.each([
  [
    ['--application-name', 'typo', '--region-name', 'us-east-1'],
    3,
    /there is no lease table typo in us-east-1\nCheck --application-name/,
  ],
  [['--region-name', 'us-east-1'], 2, /streamArn: is missing; give --stream-arn, or --application-name/],
  [['--stream-arn', 'x'], 2, /--stream-arn: 'x' can't be used/],
  [
    ['--application-name', 'orders-reader', '--region-name', 'here'],
    2,
    /regionName: 'here' can't be used; expected a region/,
  ],
  [['--application-name', 'orders-reader', '--output', 'xml'], 2, /Allowed choices are text, json/],
  [
    [
      '--application-name',
      'orders-reader',
      '--region-name',
      'us-east-1',
      '--dynamo-db-endpoint',
      'http://127.0.0.1:1',
    ],
    3,
    /the lease table orders-reader can't be used: .*127\.0\.0\.1:1/,
  ],
])('%p is refused', async (args, code, message) => {
  const refused = await runCli(['status', ...args], { env: { ...env, AWS_REGION: '' } });

  expect(refused.stderr).toMatch(message);
  expect(refused.stderr).not.toMatch(/^\s+at /m);
  expect(refused.status).toBe(code);
});

test('watched it reads again, until Ctrl-C, and sees that a lease is renewed', async () => {
  const args = [
    'status',
    '--application-name',
    'orders-reader',
    '--region-name',
    'us-east-1',
    '--watch',
    '-o',
    'json',
  ];
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env.PATH, ...NO_SDK_NOTICE, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const reading = async () => JSON.parse((await lines.next()).value as string);

  expect((await reading()).shards).toMatchObject([{ renewedAt: null }]);
  await lab.reader.dynamodb.send(
    new UpdateItemCommand({
      TableName: 'orders-reader',
      Key: { leaseKey: { S: 'shardId-000000000000' } },
      UpdateExpression: 'ADD leaseCounter :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
  const { shards, readAt } = await reading();
  expect(shards).toMatchObject([{ leaseCounter: 8, renewedAt: readAt }]);

  const closed = once(child, 'close');
  child.kill('SIGINT');
  expect(await closed).toEqual([null, 'SIGINT']);
});

test('watched it outlasts a reading that fails: it says so, and reads again', async () => {
  const name = 'comes-and-goes';
  const items = [ownedBy('host-1:a', 'shardId-000000000000')];
  await makeLeaseTable(lab.reader, name, items);
  const args = ['status', '--application-name', name, '--region-name', 'us-east-1', '--watch', '-o', 'json'];
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env.PATH, ...NO_SDK_NOTICE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const errors = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  const reading = async () => JSON.parse((await lines.next()).value as string);

  await reading();
  await lab.reader.dynamodb.send(new DeleteTableCommand({ TableName: name }));
  expect((await errors.next()).value).toMatch(
    /^cross-account-kcl: at \S+Z: there is no lease table comes-and-goes in us-east-1; again in 5 s$/,
  );
  await makeLeaseTable(lab.reader, name, items);
  expect((await reading()).shards).toMatchObject([{ owner: 'host-1:a' }]);

  child.kill('SIGINT');
  expect(await closed).toEqual([null, 'SIGINT']);
});

test('watched it ends, if not even the first reading succeeds', async () => {
  const refused = await status('--application-name', 'typo', '--region-name', 'us-east-1', '--watch');

  expect(refused.stderr).toMatch(/^cross-account-kcl: there is no lease table typo in us-east-1\nCheck/);
  expect(refused.status).toBe(3);
});
