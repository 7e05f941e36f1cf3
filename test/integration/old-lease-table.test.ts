import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { sharedStream, withWorker } from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

test('an old lease table without the index is named, and works once KCL has added it', async () => {
  const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 5), 1);
  await lab.reader.dynamodb.send(
    new CreateTableCommand({
      TableName: application,
      KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );

  await withWorker(lab, arn, {}, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 5);
    const warning = consumer.log.find(({ msg }) => msg.includes('has no index LeaseOwnerToLeaseKeyIndex'));
    expect(warning).toMatchObject({ level: 40, table: application });
    expect((await consumer.stop()).code).toBe(0);
  });

  const { Table } = await lab.reader.dynamodb.send(new DescribeTableCommand({ TableName: application }));
  expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual([
    'LeaseOwnerToLeaseKeyIndex',
  ]);
});
