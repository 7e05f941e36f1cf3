import { ArnError, parseStreamArn, toStreamArn } from '../../src/aws/arn.js';

const ORDERS = { account: '111122223333', streamName: 'orders' };

test.each([
  ['eu-west-1', 'aws'],
  ['us-east-1', 'aws'],
  ['ca-central-1', 'aws'],
  ['cn-north-1', 'aws-cn'],
  ['cn-northwest-1', 'aws-cn'],
  ['us-gov-east-1', 'aws-us-gov'],
  ['us-gov-west-1', 'aws-us-gov'],
])('a stream of %s is in the partition %s', (region, partition) => {
  const arn = `arn:${partition}:kinesis:${region}:111122223333:stream/orders`;

  expect(toStreamArn({ ...ORDERS, region })).toEqual(parseStreamArn(arn));
});

test.each([
  [{ region: 'europe' }, "the region is 'europe'"],
  [{ account: '1111' }, "the account is '1111', not 12 digits"],
  [{ streamName: 'or ders' }, "the stream name 'or ders' is not"],
])('%j is refused', (wrong, reason) => {
  const run = () => toStreamArn({ ...ORDERS, region: 'eu-west-1', ...wrong });

  expect(run).toThrow(ArnError);
  expect(run).toThrow(reason);
});
