import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { LeaseWrites } from '../../../src/config/table-keys.js';
import { type CheckId, defineCheck, passed } from '../../../src/preflight/check.js';
import { leaseTableCapacityCheck } from '../../../src/preflight/checks/lease-table-capacity.js';
import { runChecks } from '../../../src/preflight/runner.js';

const given = <T>(id: string, value: T) =>
  defineCheck({
    id: id as CheckId,
    asserts: id,
    fixedBy: 'reader',
    needs: [],
    run: async () => passed('', value),
  });

async function capacity(
  shards: number,
  table: TableDescription | 'missing',
  writes: Partial<LeaseWrites> = {},
) {
  const summaries = [given('summary', { OpenShardCount: shards })];
  const all = { failoverTimeMillis: 10_000, newTableUnits: undefined, ...writes };
  const { findings } = await runChecks([leaseTableCapacityCheck(given('table', table), summaries, all)]);
  return findings.find(({ check }) => check.id === 'lease-table-capacity');
}

const provisioned = (WriteCapacityUnits: number): TableDescription => ({
  TableName: 'app',
  ProvisionedThroughput: { WriteCapacityUnits },
});

describe('a table that KCL makes', () => {
  test('is on demand', async () => {
    expect(await capacity(300, 'missing')).toMatchObject({ status: 'passed' });
  });

  test.each([
    [10, 300, 'warning', /10 write units; the leases of 300 open shards take 91 a second/],
    [91, 300, 'passed', /^KCL creates it with 91 write units/],
    [10, 20, 'passed', /20 open shards take 7 a second/],
  ])('with %d write units for %d shards: %s', async (newTableUnits, shards, status, message) => {
    const found = await capacity(shards, 'missing', { newTableUnits });
    expect(found).toMatchObject({ status, message: expect.stringMatching(message) });
    if (status === 'warning') expect(found?.remedy).toContain('initialLeaseTableWriteCapacity = 91');
  });
});

test.each([
  [10_000, 31, 'passed', /100 open shards take 31 a second/],
  [30_000, 11, 'passed', /100 open shards take 11 a second/],
  [30_000, 10, 'warning', /100 open shards take 11 a second/],
  [1_000, 31, 'warning', /100 open shards take 301 a second/],
])(
  'with failoverTimeMillis = %d a table of %d write units: %s',
  async (failoverTimeMillis, units, status, message) => {
    expect(await capacity(100, provisioned(units), { failoverTimeMillis })).toMatchObject({
      status,
      message: expect.stringMatching(message),
    });
  },
);
