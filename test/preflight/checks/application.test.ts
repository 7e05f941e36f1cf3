import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { otherForm } from '../../../src/leases/creation-epoch.js';
import type { ReadGrants } from '../../../src/policy/grants.js';
import type { PreflightReport } from '../../../src/preflight/report.js';
import { type Item, leaseItem, leasesWith, makeLeaseTable } from '../../leases/helpers/lease-tables.js';
import { removals, without } from '../../matrix/helpers/removals.js';
import { ApplicationLab, broken } from '../helpers/application-lab.js';

let lab: ApplicationLab;
beforeAll(async () => {
  lab = await ApplicationLab.open();
});
afterAll(() => lab.close());

let tables = 0;
/** The name of an application with such a table. */
async function application(
  kind: 'none' | 'index' | 'no index',
  items: readonly Item[] = [],
): Promise<string> {
  tables += 1;
  const name = `orders-${tables}`;
  if (kind !== 'none') await makeLeaseTable(lab.share.lab.reader, name, items, { index: kind === 'index' });
  return name;
}

const told = ({ checks }: PreflightReport, id: string) => checks.find((check) => check.id === id);
/** Those of the application, which all begin so or are these. */
const OWN =
  /^(lease-table|former-tables|coordinator-state|worker-metrics|metrics|java|kcl-version|run-directory|endpoints|clock)/;
const statuses = ({ checks }: PreflightReport) =>
  Object.fromEntries(checks.filter(({ id }) => OWN.test(id)).map(({ id, status }) => [id, status]));

const ALL_PASSED = {
  endpoints: 'passed',
  clock: 'passed',
  'lease-table': 'passed',
  'lease-table-create': 'passed',
  'lease-table-index': 'passed',
  'lease-table-capacity': 'passed',
  'lease-table-scan': 'passed',
  'lease-table-query': 'passed',
  'lease-table-get': 'passed',
  'lease-table-put': 'passed',
  'lease-table-update': 'passed',
  'lease-table-delete': 'passed',
  'former-tables': 'passed',
  'coordinator-state': 'passed',
  'worker-metrics': 'passed',
  'lease-table-contents': 'passed',
  'lease-table-epoch': 'passed',
  metrics: 'passed',
  java: 'passed',
  'kcl-version': 'passed',
  'run-directory': 'passed',
  // There is no checkpoint yet.
  'lease-table-lag': 'skipped',
};

test.each(['none', 'index', 'no index'] as const)(
  'with the printed policy all pass, and no table is changed (lease table: %s)',
  async (kind) => {
    const name = await application(kind, [leaseItem('shardId-000000000000')]);
    const before = await lab.state();
    const report = await lab.check(lab.share.grants(name), name);
    expect(statuses(report)).toEqual(ALL_PASSED);
    expect(report.passed).toBe(true);
    expect(await lab.state()).toEqual(before);
  },
);

describe('an action that is missing fails its check alone, and what is printed cures it', () => {
  const ACTION_CHECKS: Record<string, { id: string; kind: 'none' | 'index' | 'no index' }> = {
    'LeaseTable dynamodb:CreateTable': { id: 'lease-table-create', kind: 'none' },
    'LeaseTable dynamodb:DescribeTable': { id: 'lease-table', kind: 'index' },
    'LeaseTable dynamodb:UpdateTable': { id: 'lease-table-index', kind: 'no index' },
    'LeaseTable dynamodb:Scan': { id: 'lease-table-scan', kind: 'index' },
    'LeaseTable dynamodb:GetItem': { id: 'lease-table-get', kind: 'index' },
    'LeaseTable dynamodb:PutItem': { id: 'lease-table-put', kind: 'index' },
    'LeaseTable dynamodb:UpdateItem': { id: 'lease-table-update', kind: 'index' },
    'LeaseTable dynamodb:DeleteItem': { id: 'lease-table-delete', kind: 'none' },
    'LeaseTableIndex dynamodb:Query': { id: 'lease-table-query', kind: 'index' },
    'FormerTables dynamodb:DescribeTable': { id: 'former-tables', kind: 'none' },
    'Metrics cloudwatch:PutMetricData': { id: 'metrics', kind: 'none' },
  };
  const OF_APPLICATION = /^(LeaseTable|LeaseTableIndex|FormerTables|Metrics)$/;

  test('each action of the printed policy has a check', () => {
    const all = removals(lab.share.grants('any')).filter(({ statement }) => OF_APPLICATION.test(statement));
    const named = all.flatMap(({ statement, action }) => (action ? [`${statement} ${action}`] : []));
    expect(named.sort()).toEqual(Object.keys(ACTION_CHECKS).sort());
  });

  test.each(Object.entries(ACTION_CHECKS))('%s', async (which, { id, kind }) => {
    const [statement = '', action = ''] = which.split(' ');
    const name = await application(kind);
    const lacking = without(lab.share.grants(name), { policy: 'readerPolicy', statement, action });
    const before = await lab.state();

    const report = await lab.check(lacking, name);

    expect(broken(report)).toEqual([id]);
    const check = told(report, id);
    expect(check).toMatchObject({
      status: 'failed',
      fixedBy: 'reader',
      statements: [{ side: 'reader', policy: 'reader', statement: { Sid: statement } }],
    });
    expect(check?.statements[0]?.statement.Action).toContain(action);
    const cured: ReadGrants = {
      ...lacking,
      readerPolicy: {
        ...lacking.readerPolicy,
        Statement: [
          ...lacking.readerPolicy.Statement,
          ...(check?.statements.map(({ statement: added }) => added) ?? []),
        ],
      },
    };
    expect(broken(await lab.check(cured, name))).toEqual([]);
    expect(await lab.state()).toEqual(before);
  });
});

describe('a lease table', () => {
  test('that is missing or there, and its capacity, is told', async () => {
    const missing = await application('none');
    expect(told(await lab.check(lab.share.grants(missing), missing), 'lease-table')?.message).toBe(
      `allowed; there is no table ${missing}: KCL makes it, and reads from the initial position. If the application had one before, restore it first`,
    );
    const there = await application('index');
    expect(told(await lab.check(lab.share.grants(there), there), 'lease-table')?.message).toBe(
      `${there} is ACTIVE, on demand`,
    );
  });

  test('its kinds, workers and ended shards are told', async () => {
    const now = Math.floor(Date.now() / 1000);
    const stats = (worker: string, lut: number): Item => ({
      leaseKey: { S: worker },
      entityType: { S: 'WORKER_METRIC_STATS' },
      lut: { N: String(lut) },
    });
    const name = await application('index', [
      leaseItem('shardId-000000000000', { leaseOwner: { S: 'a' } }),
      leaseItem('shardId-000000000001', { leaseOwner: { S: 'a' } }),
      leaseItem('shardId-000000000002', { leaseOwner: { S: 'b' } }),
      leaseItem('shardId-000000000003', { checkpoint: { S: 'SHARD_END' } }),
      stats('a', now),
      stats('b', now - 3600),
    ]);
    const report = await lab.check(lab.share.grants(name), name);
    expect(told(report, 'lease-table-contents')).toMatchObject({
      status: 'passed',
      message:
        '4 LEASE, 2 WORKER_METRIC_STATS; 3 leases are held by 2 workers, 1 shards are at their end; 1 workers have reported in the last 2 minutes',
    });
  });

  const MULTI = '111111111111:orders:1700000000:shardId-000000000000';
  test.each([
    ['the single-stream form', MULTI, undefined],
    ["the StreamTracker's form", 'shardId-000000000000', 'auto'],
  ] as const)('of another form than %s is refused with the words of start', async (_form, key, epoch) => {
    const name = await application('index', [leaseItem(key)]);
    const report = await lab.check(lab.share.grants(name), name, {}, { creationEpoch: epoch });
    const start = otherForm({ name, leases: leasesWith(key) }, epoch !== undefined);
    expect(broken(report)).toEqual(['lease-table-contents']);
    expect(told(report, 'lease-table-contents')).toMatchObject({
      status: 'failed',
      fixedBy: 'reader',
      message: start?.message,
      remedy: start?.remedy,
    });
  });

  test('of an earlier stream of the same name is refused with the words of start', async () => {
    const name = await application('index', [leaseItem(MULTI)]);
    const report = await lab.check(lab.share.grants(name), name, {}, { creationEpoch: 'auto' });
    expect(broken(report)).toEqual(['lease-table-epoch']);
    expect(told(report, 'lease-table-epoch')).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/and its leases have 1700000000 .*it was deleted and made again/),
      remedy: expect.stringContaining('--allow-epoch-change'),
    });
    const meant = await lab.check(
      lab.share.grants(name),
      name,
      { allowEpochChange: true },
      { creationEpoch: 'auto' },
    );
    expect(told(meant, 'lease-table-epoch')).toMatchObject({ status: 'warning' });
  });

  test('of this stream passes, and leases of others beside its own are told of', async () => {
    const { StreamDescriptionSummary } = await lab.share.lab.owner.kinesis.send(
      new DescribeStreamSummaryCommand({ StreamARN: lab.share.streamArn }),
    );
    const created = Math.floor((StreamDescriptionSummary?.StreamCreationTimestamp?.getTime() ?? 0) / 1000);
    const own = leaseItem(`111111111111:orders:${created}:shardId-000000000000`);
    const name = await application('index', [own]);
    const report = await lab.check(lab.share.grants(name), name, {}, { creationEpoch: 'auto' });
    expect(told(report, 'lease-table-epoch')).toMatchObject({
      status: 'passed',
      message: `orders is of ${created}, as its leases have it`,
    });
    const both = await application('index', [own, leaseItem(MULTI)]);
    const warned = await lab.check(lab.share.grants(both), both, {}, { creationEpoch: 'auto' });
    expect(told(warned, 'lease-table-epoch')).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('1700000000'),
    });
  });

  test('what is no lease table is refused', async () => {
    const name = await application('none');
    await lab.makeOtherTable(name);
    const report = await lab.check(lab.share.grants(name), name);
    expect(told(report, 'lease-table')).toMatchObject({
      status: 'failed',
      message: `${name} is no lease table: its key is id, and not leaseKey`,
    });
  });
});

describe('metrics', () => {
  test('are not tried where none are sent', async () => {
    const name = await application('none');
    const lacking = without(lab.share.grants(name), { policy: 'readerPolicy', statement: 'Metrics' });
    const report = await lab.check(lacking, name, { metricsLevel: 'NONE' });
    expect(told(report, 'metrics')).toMatchObject({ status: 'skipped' });
    expect(report.passed).toBe(true);
  });

  test('have the name of the application, also where the lease table has another', async () => {
    const name = await application('none');
    const grants = lab.share.grants(name);
    expect(told(await lab.check(grants, name), 'metrics')).toMatchObject({
      status: 'passed',
      // Or one was sent.
      message: `allowed in ${name}, as far as it can be told without sending one`,
    });
    const report = await lab.check(grants, name, { name: 'metrics-of-orders' });
    // The tables of KCL 3.0 to 3.4 have its name too.
    expect(broken(report)).toEqual(['former-tables', 'metrics']);
    expect(told(report, 'metrics')?.statements[0]?.statement.Condition).toEqual({
      StringEquals: { 'cloudwatch:namespace': 'metrics-of-orders' },
    });
  });
});
