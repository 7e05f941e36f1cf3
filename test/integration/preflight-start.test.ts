import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DescribeTableCommand, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { WorkerProcess } from '../../lab/worker-process.js';
import type { ReadGrants, SharingPolicy } from '../../src/policy/grants.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';
import type { MissingStatement } from '../../src/preflight/remedy.js';
import type { PreflightReport } from '../../src/preflight/report.js';
import { NO_SDK_NOTICE } from '../helpers/no-sdk-notice.js';
import { leaseItem, makeLeaseTable } from '../leases/helpers/lease-tables.js';
import { type Removal, without } from '../matrix/helpers/removals.js';
import { RECORDS, Share } from '../matrix/helpers/share.js';
import { CLI, runCli } from './helpers/cli.js';

const READER = 'arn:aws:iam::222222222222:role/apps/orders-reader';
const documentOf = (Statement: Statement[]) =>
  ({ Version: '2012-10-17', Statement }) as unknown as SharingPolicy;
const NOTHING = documentOf([]);

/** Read by polling, encrypted with a key of the owner's; and by fan-out. */
let polled: Share;
let fannedOut: Share;
beforeAll(async () => {
  polled = await Share.open({ for: 'kcl', encrypted: true });
  fannedOut = await Share.open({ for: 'kcl', fanOut: true });
});
afterAll(async () => {
  await polled?.lab.stop();
  await fannedOut?.lab.stop();
});

let applications = 0;
let application: string;
const consumers: WorkerProcess[] = [];
beforeEach(() => {
  application = `preflight-${++applications}`;
});
afterEach(async () => {
  for (const consumer of consumers.splice(0)) await consumer.dispose();
});

/** The configuration of the reader, at the gate, which asks the policies. */
function configuration(share: Share, credentials: Record<string, string>): Record<string, string> {
  const { endpoint } = share.lab.gate;
  return {
    ...credentials,
    STREAM_ARN: share.streamArn,
    APPLICATION_NAME: application,
    KINESIS_ENDPOINT: endpoint,
    DYNAMO_DB_ENDPOINT: endpoint,
    METRICS_LEVEL: 'NONE',
    ...(share.consumerArn && { CONSUMER_ARN: share.consumerArn }),
  };
}

/** `start`, with the checks unless they are switched off. */
async function start(share: Share, grants: ReadGrants, env: Record<string, string> = {}) {
  const given = configuration(share, await share.putInForce(grants));
  const consumer = new WorkerProcess(share.lab, { env: { ...given, PREFLIGHT: 'require', ...env } });
  consumers.push(consumer);
  return consumer;
}

async function preflight(share: Share, grants: ReadGrants): Promise<PreflightReport> {
  const env = configuration(share, await share.putInForce(grants));
  const { stdout } = await runCli(['preflight', '--reader', READER, '-o', 'json'], { env });
  return JSON.parse(stdout) as PreflightReport;
}

const readAll = (consumer: WorkerProcess) =>
  consumer.until('all read', () => consumer.ledger.length >= RECORDS);

async function hasLeaseTable(share: Share): Promise<boolean> {
  try {
    await share.lab.reader.dynamodb.send(new DescribeTableCommand({ TableName: application }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

const action = (policy: Removal['policy'], name: string, grants: ReadGrants): ReadGrants => {
  const one = policy === 'keyPolicyStatement' ? undefined : grants[policy]?.Statement[0];
  return without(grants, { policy, statement: one?.Sid ?? '', action: name });
};

/** What is printed, put beside what is there. */
function applied(grants: ReadGrants, { policy, statement }: MissingStatement): ReadGrants {
  const put = (before: PolicyDocument = NOTHING) =>
    documentOf([...before.Statement.filter(({ Sid }) => Sid !== statement.Sid), statement]);
  switch (policy) {
    case 'key':
      return { ...grants, keyPolicyStatement: statement };
    case 'reader':
      return { ...grants, readerPolicy: put(grants.readerPolicy) };
    case 'stream':
      return { ...grants, streamPolicy: put(grants.streamPolicy) };
    case 'consumer':
      return { ...grants, consumerPolicy: put(grants.consumerPolicy) };
  }
}

test('start refuses without a permission, and starts nothing', async () => {
  const { keyPolicyStatement: _, ...rest } = polled.grants(application);
  const consumer = await start(polled, rest);

  expect(await consumer.ended).toEqual({ code: 3, signal: null });
  expect(consumer.stderr).toMatch(
    /cross-account-kcl: 1 of \d+ checks before the start failed: nothing was started\ndecrypt, failed: /,
  );
  expect(consumer.stderr).toContain('"kms:Decrypt"');
  expect(consumer.stderr).toMatch(/cross-account-kcl policy apply .*--key-arn arn:aws:kms:/);
  // Not every policy that can deny: that list is preflight's.
  expect(consumer.stderr).toContain('cross-account-kcl preflight --only decrypt lists them');
  expect(consumer.stderr).not.toContain('describe-policy');
  expect(consumer.stderr).toContain('PREFLIGHT=warn');
  expect(consumer.stderr).not.toMatch(/^ +at /m);
  expect(consumer.log.filter(({ component }) => component === 'launcher')).toEqual([]);
  expect(await hasLeaseTable(polled)).toBe(false);
});

test('with just what preflight printed, one round after the other, start reads', async () => {
  const { consumerPolicy: _, ...all } = polled.grants(application);
  const { keyPolicyStatement: _key, ...rest } = all;
  const Statement = rest.readerPolicy.Statement.filter(({ Sid = '' }) => !/^(ReadStream|Decrypt)/.test(Sid));
  let grants = {
    ...rest,
    streamPolicy: NOTHING,
    readerPolicy: { ...rest.readerPolicy, Statement },
  } as ReadGrants;
  let report = await preflight(polled, grants);
  for (let round = 1; !report.passed && round < 6; round++) {
    for (const missing of report.checks.flatMap(({ statements }) => statements)) {
      grants = applied(grants, missing);
    }
    report = await preflight(polled, grants);
  }

  expect(report.checks.filter(({ status }) => status === 'failed' || status === 'error')).toEqual([]);
  expect(grants.streamPolicy).toEqual(all.streamPolicy);
  expect(grants.keyPolicyStatement).toEqual(all.keyPolicyStatement);
  const consumer = await start(polled, grants);
  await readAll(consumer);
  expect(consumer.log).toContainEqual(expect.objectContaining({ msg: 'preflight done', passed: true }));
  expect(await consumer.stop()).toEqual({ code: 0, signal: null });
});

test('PREFLIGHT=warn logs what failed, and the daemon reads if it can', async () => {
  // By fan-out nothing is read with GetRecords.
  const consumer = await start(
    fannedOut,
    action('streamPolicy', 'kinesis:GetRecords', fannedOut.grants(application)),
    { PREFLIGHT: 'warn' },
  );
  await readAll(consumer);

  expect(consumer.log).toContainEqual(
    expect.objectContaining({
      level: 40,
      check: 'get-records',
      status: 'failed',
      fixedBy: 'stream owner',
      remedy: expect.stringContaining('cross-account-kcl policy apply '),
    }),
  );
  expect(await consumer.stop()).toEqual({ code: 0, signal: null });
});

test('what could not be told is logged, and stops nothing', async () => {
  const consumer = await start(polled, polled.grants(application), {
    AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1',
  });
  await readAll(consumer);

  const warnings = consumer.log.filter(({ check }) => check !== undefined);
  expect(warnings.map(({ level, check, status }) => ({ level, check, status }))).toEqual([
    { level: 40, check: 'credentials', status: 'warning' },
  ]);
});

test("KCL's credentials that Java alone knows: what failed is a warning", async () => {
  const { keyPolicyStatement: _, ...rest } = polled.grants(application);
  const consumer = await start(polled, rest, {
    AWS_CREDENTIALS_PROVIDER: 'EnvironmentVariableCredentialsProvider',
  });
  await consumer.until('the launcher runs', () =>
    consumer.log.some(({ component }) => component === 'launcher'),
  );

  expect(consumer.log).toContainEqual(
    expect.objectContaining({ level: 40, check: 'decrypt', status: 'failed' }),
  );
});

test.each([
  ['nobody', undefined, true],
  ['another worker', 'host:1', false],
])('a shard is subscribed to only if the leases have no owner: %s', async (_, owner, subscribed) => {
  const item = leaseItem('shardId-000000000000', owner === undefined ? {} : { leaseOwner: { S: owner } });
  await makeLeaseTable(fannedOut.lab.reader, application, [item]);
  const since = fannedOut.decisions.length;

  const consumer = await start(
    fannedOut,
    action('streamPolicy', 'kinesis:GetRecords', fannedOut.grants(application)),
  );

  expect(await consumer.ended).toEqual({ code: 3, signal: null });
  const asked = fannedOut.decisions.slice(since).map((decision) => decision.action);
  expect(asked.includes('kinesis:SubscribeToShard')).toBe(subscribed);
});

test('--wait passes when the policy is put in force while it waits', async () => {
  const grants = polled.grants(application);
  const without = { ...grants, streamPolicy: NOTHING };
  const env = configuration(polled, await polled.putInForce(without));
  const child = spawn(process.execPath, [CLI, 'preflight', '--wait', '60s', '--reader', READER], {
    env: { PATH: process.env.PATH, ...NO_SDK_NOTICE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  await new Promise<void>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (stderr.includes('still missing: ')) resolve();
    });
  });
  expect(stderr).toMatch(/still missing: .*list-shards/);
  await polled.putInForce(grants);

  expect(await ended).toEqual([0, null]);
  expect(stdout).toMatch(/│ passed +│ get-records /);
  expect(stderr.match(/list-shards, failed/g)).toHaveLength(1);
});

describe('a role for the stream alone', () => {
  const ROLE = 'arn:aws:iam::111111111111:role/shared/orders-role';

  async function withRole(trusted: string): Promise<PreflightReport> {
    const all = polled.grants(application);
    const { streamPolicy: _, keyPolicyStatement: _key, ...rest } = all;
    const dynamodb = rest.readerPolicy.Statement.filter(({ Sid = '' }) => !/^(ReadStream|Decrypt)/.test(Sid));
    const ofStream = rest.readerPolicy.Statement.filter(({ Sid = '' }) => /^(ReadStream|Decrypt)/.test(Sid));
    const assume = { Sid: 'Assume', Effect: 'Allow' as const, Action: 'sts:AssumeRole', Resource: ROLE };
    polled.lab.gate.identities.setRole({
      arn: ROLE,
      policies: [documentOf(ofStream)],
      trust: documentOf([{ Effect: 'Allow', Principal: { AWS: trusted }, Action: 'sts:AssumeRole' }]),
    });
    const env = configuration(
      polled,
      await polled.putInForce({
        ...all,
        streamPolicy: NOTHING,
        readerPolicy: documentOf([...dynamodb, assume]),
      }),
    );
    const { stdout, stderr } = await runCli(['preflight', '-o', 'json'], {
      env: { ...env, STREAM_ROLE_ARN: ROLE },
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout) as PreflightReport;
  }

  test('is what reads the stream', async () => {
    const { checks } = await withRole(READER);

    const statusOf = (id: string) => checks.find((check) => check.id === id)?.status;
    expect(statusOf('credentials')).toBe('passed');
    expect(statusOf('stream-role')).toBe('passed');
    expect(statusOf('get-records')).toBe('passed');
  });

  test('that may not be assumed is told of once, and the streams are not blamed', async () => {
    const { checks } = await withRole('arn:aws:iam::222222222222:role/somebody-else');

    expect(checks.filter(({ status }) => status === 'failed')).toEqual([
      expect.objectContaining({
        id: 'stream-role',
        message: expect.stringContaining('is not authorized to perform: sts:AssumeRole'),
        remedy: expect.stringContaining(`The trust policy of ${ROLE} must let these credentials assume it`),
        statements: [],
      }),
    ]);
    expect(checks.find(({ id }) => id === 'get-records')?.status).toBe('skipped');
  });
});
