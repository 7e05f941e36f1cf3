import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { createLeaseTable, leaseTableOfTemplate } from '../../infra/helpers/lease-table.js';
import { ApplicationLab, broken } from '../helpers/application-lab.js';

let lab: ApplicationLab;
beforeAll(async () => {
  lab = await ApplicationLab.open(8);
});
afterAll(() => lab.close());

let applications = 0;

/** Of a role that may not create tables, with the template's table, or one that differs. */
async function check(changes: Partial<CreateTableCommandInput> = {}) {
  const name = `made-${++applications}`;
  await createLeaseTable(lab.share.lab.reader, name, changes);
  const before = await lab.state();
  const report = await lab.check(lab.share.grants(name, undefined, { leaseTableExists: true }), name);
  expect(await lab.state()).toEqual(before);
  const told = (id: string) => report.checks.find((one) => one.id === id);
  return { broken: broken(report), told };
}

test('the table of the template passes', async () => {
  expect((await check()).broken).toEqual([]);
});

const { GlobalSecondaryIndexes: [index] = [], ...table } = leaseTableOfTemplate({ TableName: 'any' });

test('one without the index needs the right to add it', async () => {
  const found = await check({
    GlobalSecondaryIndexes: undefined,
    AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
  });
  expect(found.broken).toEqual(['lease-table-index']);
  expect(found.told('lease-table-index')).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('dynamodb:UpdateTable'),
    statements: [
      { statement: { Sid: 'LeaseTable', Action: expect.arrayContaining(['dynamodb:UpdateTable']) } },
    ],
  });
});

test.each<[string, Partial<CreateTableCommandInput>, string, RegExp]>([
  [
    'another key',
    {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      GlobalSecondaryIndexes: undefined,
    },
    'lease-table',
    /its key is id, and not leaseKey/,
  ],
  [
    'a key with a range',
    { KeySchema: [...(table.KeySchema ?? []), { AttributeName: 'leaseOwner', KeyType: 'RANGE' }] },
    'lease-table',
    /its key is leaseKey and leaseOwner/,
  ],
  [
    'a key of another type',
    {
      AttributeDefinitions: [
        { AttributeName: 'leaseKey', AttributeType: 'N' },
        { AttributeName: 'leaseOwner', AttributeType: 'S' },
      ],
    },
    'lease-table',
    /leaseKey is of type N, and not S/,
  ],
  [
    'an index by another key',
    {
      GlobalSecondaryIndexes: [
        {
          ...index,
          IndexName: index?.IndexName,
          KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
        },
      ],
      AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
    } as Partial<CreateTableCommandInput>,
    'lease-table-index',
    /its key|the key of the index LeaseOwnerToLeaseKeyIndex is leaseKey/,
  ],
  [
    'an index by owners of another type',
    {
      AttributeDefinitions: [
        { AttributeName: 'leaseKey', AttributeType: 'S' },
        { AttributeName: 'leaseOwner', AttributeType: 'N' },
      ],
    },
    'lease-table-index',
    /leaseOwner of type N/,
  ],
  [
    'too few write units',
    leaseTableOfTemplate({ TableName: 'any', WriteCapacity: 1 }),
    'lease-table-capacity',
    /1 write units \(its index 1\); the leases of 8 open shards take 3 a second/,
  ],
])('%s is named before the start', async (_what, { TableName: _, ...changes }, id, message) => {
  const found = await check(changes);
  expect(found.broken).toContain(id);
  expect(found.told(id)).toMatchObject({
    message: expect.stringMatching(message),
    remedy: expect.any(String),
  });
});

test('enough write units pass', async () => {
  const { TableName: _, ...changes } = leaseTableOfTemplate({ TableName: 'any', WriteCapacity: 3 });
  expect((await check(changes)).broken).toEqual([]);
});
