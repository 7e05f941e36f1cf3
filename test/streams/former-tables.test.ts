import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Lab, startLab } from '../../lab/lab.js';
import { kclTables } from '../../src/aws/kcl-tables.js';
import { readTables } from '../../src/streams/former-tables.js';
import { FORMER_REPORT, FORMER_WORKER, makeFormerTables } from './helpers/former-tables.js';
import { leaseItem, makeLeaseTable } from './helpers/lease-tables.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const report = (lut: number) => ({
  leaseKey: { S: FORMER_WORKER },
  entityType: { S: 'WORKER_METRIC_STATS' },
  lut: { N: String(lut) },
});

test('finds the leader and the workers in the tables of KCL 3.1.3', async () => {
  const tables = kclTables('three', { lease: 'three-leases', workerMetrics: 'three-metrics' });
  await makeFormerTables(lab.reader, tables);
  expect(await readTables(lab.reader.dynamodb, tables)).toMatchObject({
    name: 'three-leases',
    leases: [{ owner: FORMER_WORKER }, { owner: FORMER_WORKER }],
    leader: FORMER_WORKER,
    workers: [{ id: FORMER_WORKER, reportedAt: FORMER_REPORT }],
    former: [
      { name: 'three-CoordinatorState', found: true },
      { name: 'three-metrics', found: true },
    ],
  });
});

test('of a worker that has reported to both takes the newest report', async () => {
  const tables = kclTables('both');
  await makeLeaseTable(lab.reader, tables.lease, [report(FORMER_REPORT + 60)]);
  await makeFormerTables(lab.reader, tables, { only: ['coordinatorState', 'workerMetrics'] });
  expect((await readTables(lab.reader.dynamodb, tables))?.workers).toEqual([
    { id: FORMER_WORKER, reportedAt: FORMER_REPORT + 60 },
  ]);
});

test('does not read them once everything is in the lease table', async () => {
  const tables = kclTables('moved');
  await makeLeaseTable(lab.reader, tables.lease, []);
  const migration = { status: 'COMPLETE', since: Date.now() };
  await makeFormerTables(lab.reader, tables, { only: ['coordinatorState', 'workerMetrics'], migration });
  const table = await readTables(lab.reader.dynamodb, tables);
  expect(table).toMatchObject({ workers: [], leader: undefined });
  expect(table).not.toHaveProperty('former');
});

test('needs none of them', async () => {
  const tables = kclTables('one');
  await makeLeaseTable(lab.reader, tables.lease, [leaseItem('shardId-000000000000'), report(1)]);
  const table = await readTables(lab.reader.dynamodb, tables);
  expect(table?.workers).toEqual([{ id: FORMER_WORKER, reportedAt: 1 }]);
  expect(table).not.toHaveProperty('former');
});

test('reports a table that may not be read, and what else is known', async () => {
  const tables = kclTables('denied');
  await makeLeaseTable(lab.reader, tables.lease, [leaseItem('shardId-000000000000')]);
  const { identities, endpoint } = lab.gate;
  const role = identities.setRole({
    arn: 'arn:aws:iam::222222222222:role/operator',
    policies: [
      {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['dynamodb:DescribeTable', 'dynamodb:Scan'],
            Resource: `arn:aws:dynamodb:${lab.region}:222222222222:table/denied`,
          },
        ],
      },
    ],
  });
  const { accessKeyId, secretAccessKey, sessionToken = '' } = identities.assume(role, 'operator');
  const dynamodb = new DynamoDBClient({
    region: lab.region,
    endpoint,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
  });
  const table = await readTables(dynamodb, tables);
  dynamodb.destroy();
  expect(table?.leases).toHaveLength(1);
  expect(table?.former).toEqual([
    { name: 'denied-CoordinatorState', found: false, error: expect.stringContaining('not authorized') },
    { name: 'denied-WorkerMetricStats', found: false, error: expect.stringContaining('not authorized') },
  ]);
});
