import { DescribeTableCommand, type DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import { tableLookup } from '../../../src/leases/lookup.js';
import { defineCheck, passed } from '../../../src/preflight/check.js';
import type { KnownIdentity } from '../../../src/preflight/checks/credentials.js';
import { leaseTableItemCheck } from '../../../src/preflight/checks/lease-table-items.js';

const INDEX = 'LeaseOwnerToLeaseKeyIndex';
const identity = defineCheck({
  id: 'credentials',
  asserts: 'is somebody',
  fixedBy: 'reader',
  needs: [],
  run: async () => passed('', undefined as unknown as KnownIdentity),
});

/** The check's verdict where Query fails like this, and the table is described like that. */
function query(failure: string, table: TableDescription | undefined) {
  const dynamodb = {
    async send(command: unknown) {
      if (!(command instanceof DescribeTableCommand)) {
        throw Object.assign(new Error(`the table does not have the specified index: ${INDEX}`), {
          name: failure,
        });
      }
      if (table === undefined) throw Object.assign(new Error('none'), { name: 'ResourceNotFoundException' });
      return { Table: table };
    },
  } as unknown as DynamoDBClient;
  const target = { name: 'orders', dynamodb, lookup: tableLookup(dynamodb, 'orders'), arn: () => 'arn' };
  const values: never[] = [undefined as never];
  return leaseTableItemCheck(target, 'query', identity).run(values, new AbortController().signal);
}

const indexed = (IndexStatus: 'ACTIVE' | 'CREATING' | 'UPDATING'): TableDescription => ({
  TableStatus: 'ACTIVE',
  GlobalSecondaryIndexes: [{ IndexName: INDEX, IndexStatus }],
});

test.each(['ValidationException', 'ResourceNotFoundException'])(
  'an index that is ACTIVE and answers %s is told as what it is',
  async (failure) => {
    for (const status of ['ACTIVE', 'UPDATING'] as const) {
      expect(await query(failure, indexed(status))).toMatchObject({
        status: 'warning',
        message: `the index ${INDEX} is ${status}, and DynamoDB does not answer by it: the table does not have the specified index: ${INDEX}`,
        remedy: expect.stringMatching(/^Wait some minutes/),
      });
    }
  },
);

test.each<[string, string, TableDescription | undefined]>([
  ['there is no table', 'allowed; there is no table yet', undefined],
  ['the table is being created', 'allowed; the table is being created', { TableStatus: 'CREATING' }],
  ['there is no index', 'allowed; there is no index yet', { TableStatus: 'ACTIVE' }],
  [
    'the index is being created',
    'allowed; the index is being created, which takes some minutes',
    indexed('CREATING'),
  ],
])('where %s, Query is allowed', async (_what, message, table) => {
  expect(await query('ResourceNotFoundException', table)).toMatchObject({ status: 'passed', message });
});
