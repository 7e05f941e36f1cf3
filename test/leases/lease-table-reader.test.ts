import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { jest } from '@jest/globals';
import { type Lab, startLab } from '../../lab/lab.js';
import { kclTables } from '../../src/aws/kcl-tables.js';
import { AccessError } from '../../src/errors/errors.js';
import { readLeaseTable, tableLookups, untilCreated } from '../../src/leases/lease-table-reader.js';
import { memoryLog } from '../helpers/memory-log.js';
import { FORMER_REPORT, FORMER_WORKER, makeFormerTables } from './helpers/former-tables.js';
import { leaseItem, makeLeaseTable } from './helpers/lease-tables.js';

const SHARD = 'shardId-000000000000';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** In the reader's account. */
const read = (lease: string) => readLeaseTable(tableLookups(lab.reader.dynamodb, { lease }));

test('a table that does not exist is undefined', async () => {
  expect(await read('nothing')).toBeUndefined();
});

test("a table of that name in the owner's account is not the reader's", async () => {
  await makeLeaseTable(lab.owner, 'of-the-owner', []);

  expect(await read('of-the-owner')).toBeUndefined();
});

test('an empty table has no leases', async () => {
  await makeLeaseTable(lab.reader, 'empty', []);

  expect(await read('empty')).toEqual({
    name: 'empty',
    leases: [],
    workers: [],
    leader: undefined,
    entityCounts: {},
    hasIndex: true,
  });
});

test('a table of KCL 1 or 2 has no index', async () => {
  await makeLeaseTable(lab.reader, 'old', [leaseItem(SHARD)], { index: false });

  expect(await read('old')).toMatchObject({
    leases: [{ key: SHARD }],
    hasIndex: false,
  });
});

test('a table of more than one page is read to its end, with consistent reads', async () => {
  const filler = { S: 'x'.repeat(40_000) };
  const keys = Array.from({ length: 30 }, (_, n) => `shardId-${String(n).padStart(12, '0')}`);
  await makeLeaseTable(
    lab.reader,
    'large',
    keys.map((key) => leaseItem(key, { filler })),
  );
  const onePage = await lab.reader.dynamodb.send(new ScanCommand({ TableName: 'large' }));
  expect(onePage.LastEvaluatedKey).toBeDefined();
  const send = jest.spyOn(lab.reader.dynamodb, 'send');

  const table = await read('large');
  const scans = send.mock.calls.map(([command]) => command).filter((one) => one instanceof ScanCommand);
  send.mockRestore();

  expect(table?.leases.map(({ key }) => key)).toEqual(keys);
  expect(scans.length).toBeGreaterThan(1);
  expect(scans.every(({ input }) => input.ConsistentRead)).toBe(true);
});

test('a DynamoDB that can not be reached is an AccessError that names the table and the setting', async () => {
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
  const endpoint = 'http://127.0.0.1:1';
  const dynamodb = new DynamoDBClient({ region: 'us-east-1', credentials, endpoint, maxAttempts: 1 });

  const error = await readLeaseTable(tableLookups(dynamodb, { lease: 'app' })).catch(
    (reason: unknown) => reason,
  );

  expect(error).toBeInstanceOf(AccessError);
  expect(error).toMatchObject({
    message: expect.stringMatching(/^the lease table app can't be used: DynamoDB can't be reached \(.*127/),
    remedy: expect.stringContaining('dynamoDBEndpoint (DYNAMO_DB_ENDPOINT)'),
  });
});

const report = (lut: number) => ({
  leaseKey: { S: FORMER_WORKER },
  entityType: { S: 'WORKER_METRIC_STATS' },
  lut: { N: String(lut) },
});

describe('with the tables of KCL 3.0 to 3.4', () => {
  test('finds the leader and the workers in the tables of KCL 3.1.3', async () => {
    const tables = kclTables('three', { lease: 'three-leases', workerMetrics: 'three-metrics' });
    await makeFormerTables(lab.reader, tables);
    expect(await readLeaseTable(tableLookups(lab.reader.dynamodb, tables))).toMatchObject({
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
    expect((await readLeaseTable(tableLookups(lab.reader.dynamodb, tables)))?.workers).toEqual([
      { id: FORMER_WORKER, reportedAt: FORMER_REPORT + 60 },
    ]);
  });

  test('does not read them once everything is in the lease table', async () => {
    const tables = kclTables('moved');
    await makeLeaseTable(lab.reader, tables.lease, []);
    const migration = { status: 'COMPLETE', since: Date.now() };
    await makeFormerTables(lab.reader, tables, { only: ['coordinatorState', 'workerMetrics'], migration });
    const table = await readLeaseTable(tableLookups(lab.reader.dynamodb, tables));
    expect(table).toMatchObject({ workers: [], leader: undefined });
    expect(table).not.toHaveProperty('former');
  });

  test('needs none of them', async () => {
    const tables = kclTables('one');
    await makeLeaseTable(lab.reader, tables.lease, [leaseItem('shardId-000000000000'), report(1)]);
    const table = await readLeaseTable(tableLookups(lab.reader.dynamodb, tables));
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
    const table = await readLeaseTable(tableLookups(dynamodb, tables));
    dynamodb.destroy();
    expect(table?.leases).toHaveLength(1);
    expect(table?.former).toEqual([
      { name: 'denied-CoordinatorState', found: false, error: expect.stringContaining('not authorized') },
      { name: 'denied-WorkerMetricStats', found: false, error: expect.stringContaining('not authorized') },
    ]);
  });
});

/** Says these statuses in turn, and the last one again and again; undefined is a table that is not there. */
async function wait(statuses: readonly (string | undefined)[], patienceMs?: number) {
  const { logger, messages } = memoryLog();
  let looks = 0;
  const client = {
    async send() {
      const status = statuses[Math.min(looks++, statuses.length - 1)];
      if (status === undefined) throw new Error('no such table');
      return { Table: { TableStatus: status } };
    },
  } as unknown as DynamoDBClient;
  await untilCreated(tableLookups(client, kclTables('orders')), logger, patienceMs);
  return { looks, told: messages('info') };
}

test('a table that is being created is waited for, and told once', async () => {
  expect(await wait(['CREATING', 'CREATING', 'ACTIVE'])).toEqual({
    looks: 3,
    told: ['the lease table is being created: waiting until it is ACTIVE'],
  });
});

test.each([['ACTIVE'], ['UPDATING'], ['DELETING'], [undefined]])('one that is %s is not', async (status) => {
  expect(await wait([status])).toEqual({ looks: 1, told: [] });
});

test('nobody waits for ever', async () => {
  const waiting = wait(['CREATING'], 0);
  await expect(waiting).rejects.toThrow(AccessError);
  await expect(waiting).rejects.toThrow('the lease table orders is still being created after 0 s');
});
