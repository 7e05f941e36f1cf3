import { openPreflight } from '../../src/preflight/from-config.js';
import { loadWithArn, problemsOf } from './load-helpers.js';

const DEFAULT = 'cross-account-kcl-111122223333-orders';

/** The names that are derived, and the ones that KCL is told. */
function namesOf(properties: string) {
  const { config, kclProperties } = loadWithArn({ properties });
  const { tableName, coordinatorStateTableName, workerMetricsTableName } = kclProperties;
  return { tables: config.tables, kcl: [tableName, coordinatorStateTableName, workerMetricsTableName] };
}

test.each([
  ['', [DEFAULT, `${DEFAULT}-CoordinatorState`, `${DEFAULT}-WorkerMetricStats`]],
  ['applicationName = app', ['app', 'app-CoordinatorState', 'app-WorkerMetricStats']],
  ['tableName = leases', ['leases', `${DEFAULT}-CoordinatorState`, `${DEFAULT}-WorkerMetricStats`]],
  ['applicationName = app\ntableName = leases', ['leases', 'app-CoordinatorState', 'app-WorkerMetricStats']],
  ['applicationName = app\ncoordinatorStateTableName = state', ['app', 'state', 'app-WorkerMetricStats']],
  ['applicationName = app\nworkerMetricsTableName = metrics', ['app', 'app-CoordinatorState', 'metrics']],
  [
    'tableName = leases\ncoordinatorStateTableName = state\nworkerMetricsTableName = metrics',
    ['leases', 'state', 'metrics'],
  ],
  // As the multilang daemon takes them, by way of its beans.
  [
    'coordinatorStateTableConfigBean.coordinatorStateTableName = state\n' +
      'workerMetricStatsTableConfigBean.workerMetricsTableName = metrics',
    [DEFAULT, 'state', 'metrics'],
  ],
])('%j', (properties, [lease, coordinatorState, workerMetrics]) => {
  expect(namesOf(properties).tables).toEqual({ lease, coordinatorState, workerMetrics });
});

test('KCL is told the same names, without the blanks that Java keeps', () => {
  expect(
    namesOf('tableName = leases  \ncoordinatorStateTableConfigBean.coordinatorStateTableName = state '),
  ).toMatchObject({ kcl: ['leases', 'state', undefined], tables: { lease: 'leases' } });
});

test.each([
  ['tableName', 'a b'],
  ['tableName', 'arn:aws:dynamodb:eu-west-1:111122223333:table/leases'],
  ['coordinatorStateTableName', 'st'],
  ['workerMetricsTableName', 'me*trics'],
])('%s = %s is refused', (key, name) => {
  expect(problemsOf(() => loadWithArn({ properties: `\n${key} = ${name}` }))).toEqual([
    {
      key: `${key} (consumer.properties, line 2)`,
      message: `'${name}' can't be used; expected 3-255 of a-z A-Z 0-9 _ . -`,
    },
  ]);
});

test.each([
  ['tableName = app-CoordinatorState', 'tableName (consumer.properties, line 2)'],
  ['coordinatorStateTableName = app', 'coordinatorStateTableName (consumer.properties, line 2)'],
  [
    'coordinatorStateTableName = app-WorkerMetricStats',
    'coordinatorStateTableName (consumer.properties, line 2)',
  ],
])('%s would be two tables in one', (line, key) => {
  expect(problemsOf(() => loadWithArn({ properties: `applicationName = app\n${line}` }))).toEqual([
    { key, message: expect.stringContaining('give each table its own name') },
  ]);
});

test('a name that is given twice is refused, whichever way', () => {
  const properties =
    'coordinatorStateTableName = one\ncoordinatorStateTableConfigBean.coordinatorStateTableName = two';
  expect(problemsOf(() => loadWithArn({ properties }))).toEqual([
    {
      key: 'coordinatorStateTableConfigBean.coordinatorStateTableName (consumer.properties, line 2)',
      message: 'says the same as coordinatorStateTableName (consumer.properties, line 1); give one of them',
    },
  ]);
});

test('an application whose name leaves no room for what KCL adds is refused, unless the tables are named', () => {
  const applicationName = 'a'.repeat(240);
  const properties = `applicationName = ${applicationName}`;
  const messages = problemsOf(() => loadWithArn({ properties })).map(({ message }) => message);
  expect(messages).toEqual([
    expect.stringContaining(`${applicationName}-CoordinatorState, longer than the 255`),
    expect.stringContaining(`${applicationName}-WorkerMetricStats, longer than the 255`),
  ]);
  const named = `${properties}\ncoordinatorStateTableName = state\nworkerMetricsTableName = metrics`;
  expect(problemsOf(() => loadWithArn({ properties: named }))).toEqual([]);
});

test('keys that describe new tables of the former kinds have no effect, and that is said', () => {
  const properties = [
    'coordinatorStateBillingMode = PROVISIONED',
    'workerMetricsReadCapacity = 5',
    'workerMetricStatsTableConfigBean.workerMetricsTags = a=b',
    'coordinatorStatePointInTimeRecoveryEnabled = true',
    'leaseTableDeletionProtectionEnabled = true',
  ].join('\n');
  const { notices } = loadWithArn({ properties });
  expect(notices.map((notice) => /^\S+/.exec(notice)?.[0])).toEqual([
    'coordinatorStateBillingMode',
    'workerMetricsReadCapacity',
    'workerMetricStatsTableConfigBean.workerMetricsTags',
    'coordinatorStatePointInTimeRecoveryEnabled',
  ]);
  expect(notices[0]).toContain('(consumer.properties, line 1) has no effect');
});

test.each([
  ['migrateAllEntitiesToLeaseTable = true', true],
  ['migrateAllEntitiesToLeaseTable = Yes', true],
  ['migrateAllEntitiesToLeaseTable = off', false],
  ['', false],
])('%j: moves to one table: %s', (properties, migratesTables) => {
  expect(loadWithArn({ properties }).config).toMatchObject({ migratesTables });
});

test.each([
  ['', 10_000, undefined],
  ['initialLeaseTableWriteCapacity = 50', 10_000, undefined],
  ['billingMode = PROVISIONED', 10_000, 10],
  ['billingMode = provisioned\ninitialLeaseTableWriteCapacity = 50', 10_000, 50],
  ['billingMode = PAY_PER_REQUEST\nfailoverTimeMillis = 30000', 30_000, undefined],
])(
  'the writes to the lease table with %j are what preflight reckons with',
  (properties, failoverTimeMillis, newTableUnits) => {
    const { request, close } = openPreflight(loadWithArn({ properties }).config, { for: 'kcl' });
    close();
    expect(request.application?.leaseWrites).toEqual({ failoverTimeMillis, newTableUnits });
  },
);
