import { toLambdaEvent } from '../../../lab/event-source/lambda-event.js';
import { recordsOf } from './helpers/records.js';

const origin = {
  eventSourceArn: 'arn:aws:kinesis:us-east-1:111111111111:stream/orders',
  shard: 'shardId-000000000001',
  roleArn: 'arn:aws:iam::222222222222:role/orders',
};

test.each([
  ['that is absent is null, as at AWS', undefined, null],
  ['is the one of the record', 'key', 'key'],
])('the partition key of an event %s', (_what, PartitionKey, partitionKey) => {
  const [record] = recordsOf(1);
  const { Records } = toLambdaEvent([{ ...record, PartitionKey } as never], origin);

  expect(JSON.parse(JSON.stringify(Records))[0].kinesis).toMatchObject({ partitionKey, sequenceNumber: '1' });
});
