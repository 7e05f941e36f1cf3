import { type GivenTables, kclTables } from '../../../src/aws/kcl-tables.js';
import type { ReadGrants } from '../../../src/policy/grants.js';
import type { Application } from '../../../src/preflight/checks/application-checks.js';
import type { PreflightReport } from '../../../src/preflight/report.js';
import { type FormerOptions, makeFormerTables } from '../../leases/helpers/former-tables.js';
import { makeLeaseTable } from '../../leases/helpers/lease-tables.js';
import { removals, without } from '../../matrix/helpers/removals.js';
import { ApplicationLab, broken } from '../helpers/application-lab.js';

let lab: ApplicationLab;
beforeAll(async () => {
  // As many shards as those tables have leases of.
  lab = await ApplicationLab.open(2);
});
afterAll(() => lab.close());

let applications = 0;
const newName = () => `orders-${++applications}`;
const told = ({ checks }: PreflightReport, id: string) => checks.find((check) => check.id === id);

/** As the configuration gives them to preflight. */
function given(name: string, names: GivenTables = {}): Partial<Application> {
  const { lease, coordinatorState, workerMetrics } = kclTables(name, names);
  return { leaseTable: lease, coordinatorStateTable: coordinatorState, workerMetricsTable: workerMetrics };
}

/** Only these, where the others have nothing to do with it. */
const ONLY = { only: ['former-tables', 'coordinator-state', 'worker-metrics'] as const };

/** With the policy printed for three tables. */
async function checkThree(options: FormerOptions, more: Partial<Application> = {}) {
  const name = newName();
  await makeFormerTables(lab.share.lab.reader, kclTables(name), options);
  return await lab.check(lab.share.grants(name, undefined, { threeTables: true }), name, more, ONLY);
}

/** The report's statements in force too. */
function cured(grants: ReadGrants, report: PreflightReport): ReadGrants {
  const added = report.checks.flatMap(({ statements }) => statements.map(({ statement }) => statement));
  const { readerPolicy } = grants;
  return { ...grants, readerPolicy: { ...readerPolicy, Statement: [...readerPolicy.Statement, ...added] } };
}

describe.each<[string, GivenTables]>([
  ['as KCL names them', {}],
  ['with tableName', { lease: 'a-leases' }],
  ['with coordinatorStateTableName', { coordinatorState: 'b-state' }],
  ['with tableName and workerMetricsTableName', { lease: 'c-leases', workerMetrics: 'c-metrics' }],
  ['with all three', { lease: 'd-leases', coordinatorState: 'd-state', workerMetrics: 'd-metrics' }],
])('the tables %s', (_how, names) => {
  test('pass with the policy that is printed for the same names, and no other table is asked for', async () => {
    const name = newName();
    const since = lab.share.decisions.length;
    const report = await lab.check(
      lab.share.grants(name, undefined, { tables: names }),
      name,
      given(name, names),
    );
    expect(broken(report)).toEqual([]);
    const { lease, coordinatorState, workerMetrics } = kclTables(name, names);
    const asked = lab.share.decisions
      .slice(since)
      .filter(({ action }) => action.startsWith('dynamodb:'))
      .map(({ resource }) => resource.split('table/')[1]?.split('/')[0]);
    expect(new Set(asked)).toEqual(new Set([lease, coordinatorState, workerMetrics]));
  });

  test('fail with the policy for one table once KCL 3.0 to 3.4 has made three, and the printed statements cure it', async () => {
    const name = newName();
    const own = Object.fromEntries(
      Object.entries(names).map(([table, text]) => [table, `${text}-3`]),
    ) as GivenTables;
    await makeFormerTables(lab.share.lab.reader, kclTables(name, own));
    const grants = lab.share.grants(name, undefined, { tables: own });
    const before = await lab.state();

    const report = await lab.check(grants, name, given(name, own));
    expect(broken(report)).toEqual(['coordinator-state', 'worker-metrics']);
    expect(told(report, 'coordinator-state')).toMatchObject({
      status: 'failed',
      fixedBy: 'reader',
      message: expect.stringMatching(/GetItem.*: denied too$/),
    });
    const after = await lab.check(cured(grants, report), name, given(name, own));
    expect(broken(after)).toEqual([]);
    expect(told(after, 'coordinator-state')?.message).toContain('the move to one table is not begun');
    expect(await lab.state()).toEqual(before);
  });
});

test('each action on them that is missing fails its check alone, and what is printed cures it', async () => {
  const name = newName();
  await makeFormerTables(lab.share.lab.reader, kclTables(name), {
    migration: { status: 'DEPLOYED', since: 1_700_000_000_000 },
  });
  const grants = lab.share.grants(name, undefined, { threeTables: true });
  const ofTables = removals(grants).filter(
    ({ statement, action }) => action && /^(CoordinatorState|WorkerMetrics)Table$/.test(statement),
  );
  expect(ofTables.map(({ statement, action }) => `${statement} ${action?.split(':')[1]}`)).toEqual([
    'CoordinatorStateTable DescribeTable',
    'CoordinatorStateTable Scan',
    'CoordinatorStateTable GetItem',
    'CoordinatorStateTable PutItem',
    'CoordinatorStateTable UpdateItem',
    'CoordinatorStateTable DeleteItem',
    'CoordinatorStateTable ConditionCheckItem',
    'WorkerMetricsTable DescribeTable',
    'WorkerMetricsTable Scan',
    'WorkerMetricsTable UpdateItem',
    'WorkerMetricsTable DeleteItem',
  ]);
  const before = await lab.state();
  for (const removal of ofTables) {
    const lacking = without(grants, removal);
    const report = await lab.check(lacking, name, { migratesTables: true }, ONLY);
    const ofItems = removal.statement === 'CoordinatorStateTable' ? 'coordinator-state' : 'worker-metrics';
    const id = removal.action === 'dynamodb:DescribeTable' ? 'former-tables' : ofItems;
    expect({ removal, broken: broken(report) }).toEqual({ removal, broken: [id] });
    expect(told(report, id)?.statements[0]?.statement.Action).toContain(removal.action);
    const after = await lab.check(cured(lacking, report), name, { migratesTables: true }, ONLY);
    expect({ removal, broken: broken(after) }).toEqual({ removal, broken: [] });
  }
  expect(await lab.state()).toEqual(before);
});

describe('the move to one table', () => {
  const since = Date.parse('2026-11-29T10:00:00Z');
  test.each([
    [undefined, false, 'passed', /not begun/],
    ['INIT', false, 'passed', /INIT since 2026-11-29T10:00:00/],
    ['DEPLOYED', true, 'passed', /DEPLOYED since/],
    ['PENDING', true, 'passed', /PENDING since/],
    ['COMPLETE', true, 'passed', /uses the lease table only/],
    [undefined, true, 'failed', /migrateAllEntitiesToLeaseTable is true, and the move .* is not begun/],
    ['INIT', true, 'failed', /KCL does not start before it is DEPLOYED/],
  ])('%s with migrateAllEntitiesToLeaseTable = %s: %s', async (status, migratesTables, verdict, message) => {
    const migration = status === undefined ? {} : { migration: { status, since } };
    const report = await checkThree(migration, { migratesTables });
    expect(told(report, 'coordinator-state')).toMatchObject({
      status: verdict,
      message: expect.stringMatching(message),
    });
  });
});

test('workers that report to the table of KCL 3.0 to 3.4 are counted', async () => {
  const name = newName();
  await makeFormerTables(lab.share.lab.reader, kclTables(name), { reportedAt: Date.now() / 1000 });
  const grants = lab.share.grants(name, undefined, { threeTables: true });
  const only = { only: ['lease-table-contents'] as const };
  expect(told(await lab.check(grants, name, {}, only), 'lease-table-contents')?.message).toContain(
    '1 workers have reported in the last 2 minutes',
  );
  const denied = await lab.check(lab.share.grants(name), name, {}, only);
  expect(told(denied, 'lease-table-contents')).toMatchObject({
    status: 'passed',
    message: expect.stringMatching(/which workers have reported is unknown: .*not authorized/),
  });
});

describe('after the move to one table', () => {
  const migration = { status: 'COMPLETE', since: Date.parse('2026-11-29T10:00:00Z') };

  test('the two tables may be deleted in either order', async () => {
    const report = await checkThree({ only: ['lease', 'coordinatorState'], migration });
    expect(broken(report)).toEqual([]);
    expect(told(report, 'former-tables')?.message).toMatch(/is COMPLETE since .*can be deleted/);
  });

  test.each([true, false])('of the state table GetItem is enough (the other is there: %s)', async (both) => {
    const name = newName();
    const only = both ? undefined : (['lease', 'coordinatorState'] as const);
    await makeFormerTables(lab.share.lab.reader, kclTables(name), { ...(only && { only }), migration });
    const grants = lab.share.grants(name);
    const Resource = `arn:aws:dynamodb:${lab.region}:222222222222:table/${name}-CoordinatorState`;
    const readable = {
      ...grants,
      readerPolicy: {
        ...grants.readerPolicy,
        Statement: [
          ...grants.readerPolicy.Statement,
          { Effect: 'Allow' as const, Action: ['dynamodb:GetItem'], Resource },
        ],
      },
    };
    expect(broken(await lab.check(readable, name, {}, ONLY))).toEqual([]);
    // KCL reads the state at each start.
    expect(broken(await lab.check(grants, name, {}, ONLY))).toContain(
      both ? 'coordinator-state' : 'former-tables',
    );
  });
});

test('one without the other is told of', async () => {
  const alone = await checkThree({ only: ['lease', 'coordinatorState'] });
  expect(told(alone, 'former-tables')).toMatchObject({
    status: 'failed',
    message: expect.stringMatching(/-CoordinatorState is there, and orders-\d+-WorkerMetricStats is not/),
  });
  // KCL does not use it then.
  const unused = await checkThree({ only: ['lease', 'workerMetrics'] });
  expect(broken(unused)).toEqual([]);
  expect(told(unused, 'former-tables')?.message).toContain('is there, and not used');
});

test('a table that is none of KCL’s is refused', async () => {
  const name = newName();
  await makeLeaseTable(lab.share.lab.reader, `${name}-CoordinatorState`, []);
  const report = await lab.check(lab.share.grants(name), name);
  expect(told(report, 'former-tables')).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('its key is leaseKey, and not key'),
  });
});
