import { readTemplate, resolveTemplate } from './helpers/cloudformation.js';
import { leaseTableOfTemplate } from './helpers/lease-table.js';
import { describeCfnLint } from './helpers/linter.js';

const FILE = 'infra/lease-table.yaml';

describeCfnLint(FILE, [['a projection that DynamoDB does not know', 'KEYS_ONLY', 'KEYS']]);

test('the table survives the stack, and can be restored', () => {
  const { LeaseTable } = resolveTemplate(readTemplate(FILE), { TableName: 'orders' });
  expect(LeaseTable).toMatchObject({
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    },
  });
});

test('it is on demand, unless write units are given: for the index too', () => {
  const onDemand = leaseTableOfTemplate({ TableName: 'orders' });
  expect(onDemand).toMatchObject({ TableName: 'orders', BillingMode: 'PAY_PER_REQUEST' });
  expect(onDemand).not.toHaveProperty('ProvisionedThroughput');
  const units = { ReadCapacityUnits: 10, WriteCapacityUnits: 5 };
  const provisioned = leaseTableOfTemplate({ TableName: 'orders', WriteCapacity: 5 });
  expect(provisioned).toMatchObject({ BillingMode: 'PROVISIONED', ProvisionedThroughput: units });
  expect(provisioned.GlobalSecondaryIndexes).toMatchObject([{ ProvisionedThroughput: units }]);
});
