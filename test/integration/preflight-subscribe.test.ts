/** That preflight by itself takes no shard from a worker that is subscribed to it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadGrants } from '../../src/policy/grants.js';
import { listOf, type PolicyDocument } from '../../src/policy/types.js';
import type { PreflightReport } from '../../src/preflight/report.js';
import { NO_SDK_NOTICE } from '../helpers/no-sdk-notice.js';
import { leaseItem, makeLeaseTable } from '../leases/helpers/lease-tables.js';
import { Share } from '../matrix/helpers/share.js';
import { CLI, runCli } from './helpers/cli.js';

const READER = 'arn:aws:iam::222222222222:role/apps/orders-reader';

let share: Share;
beforeAll(async () => {
  share = await Share.open({ for: 'kcl', fanOut: true });
});
afterAll(() => share?.lab.stop());

let applications = 0;
let application: string;
beforeEach(() => {
  application = `subscribe-${++applications}`;
});

/** The configuration of the reader, at the gate, which asks the policies. */
function configuration(credentials: Record<string, string>): Record<string, string> {
  const { endpoint } = share.lab.gate;
  return {
    ...credentials,
    STREAM_ARN: share.streamArn,
    CONSUMER_ARN: share.consumerArn ?? '',
    APPLICATION_NAME: application,
    KINESIS_ENDPOINT: endpoint,
    DYNAMO_DB_ENDPOINT: endpoint,
    METRICS_LEVEL: 'NONE',
  };
}

async function preflight(grants: ReadGrants): Promise<PreflightReport> {
  const env = configuration(await share.putInForce(grants));
  const { stdout } = await runCli(['preflight', '--reader', READER, '-o', 'json'], { env });
  return JSON.parse(stdout) as PreflightReport;
}

function leftOut<P extends PolicyDocument>(action: string, policy: P): P {
  const Statement = policy.Statement.map((statement) => ({
    ...statement,
    Action: listOf(statement.Action).filter((name) => name !== action),
  }));
  return { ...policy, Statement };
}

const subscriptions = (since: number) =>
  share.decisions.slice(since).filter((decision) => decision.action === 'kinesis:SubscribeToShard');
const leases = (...owners: (string | undefined)[]) =>
  makeLeaseTable(
    share.lab.reader,
    application,
    owners.map((owner, index) =>
      leaseItem(`shardId-00000000000${index}`, owner === undefined ? {} : { leaseOwner: { S: owner } }),
    ),
  );
const subscribe = ({ checks }: PreflightReport) => checks.find(({ id }) => id === 'subscribe');

test.each([
  ['there is no lease table', async () => {}, 'passed', /^(subscribed|allowed; )/, 1],
  ['no lease has an owner', () => leases(undefined, undefined), 'passed', /^(subscribed|allowed; )/, 1],
  ['a worker holds a lease', () => leases(undefined, 'host:1'), 'skipped', /are held by host:1: /, 0],
])('%s', async (_, prepare, status, message, count) => {
  await prepare();
  const since = share.decisions.length;

  const report = await preflight(share.grants(application));

  expect(subscribe(report)).toMatchObject({ status, message: expect.stringMatching(message) });
  expect(subscriptions(since)).toHaveLength(count);
});

test('the leases can not be read', async () => {
  await leases('host:1');
  const since = share.decisions.length;
  const grants = share.grants(application);

  const report = await preflight({ ...grants, readerPolicy: leftOut('dynamodb:Scan', grants.readerPolicy) });

  expect(subscribe(report)).toMatchObject({
    status: 'skipped',
    message: 'needs lease-table-scan, which is failed',
  });
  expect(subscriptions(since)).toEqual([]);
});

test('--wait subscribes once, however many rounds there are', async () => {
  const grants = share.grants(application);
  const since = share.decisions.length;
  const without = { ...grants, streamPolicy: leftOut('kinesis:GetRecords', grants.streamPolicy) };
  const env = configuration(await share.putInForce(without));
  const args = ['preflight', '--wait', '60s', '--reader', READER, '-o', 'json'];
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env.PATH, ...NO_SDK_NOTICE, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const rounds = () =>
    share.decisions.slice(since).filter(({ action: name }) => name === 'kinesis:DescribeStreamSummary')
      .length;
  while (rounds() < 3 && child.exitCode === null) await sleep(50);
  await share.putInForce(grants);

  expect(await ended).toEqual([0, null]);
  expect(subscribe(JSON.parse(stdout))).toMatchObject({ status: 'passed' });
  expect(subscriptions(since)).toHaveLength(1);
});
