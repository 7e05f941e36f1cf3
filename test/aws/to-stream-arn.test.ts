import { ArnError, parseStreamArn, toStreamArn } from '../../src/aws/arn.js';
import { PARTITIONS } from './helpers/partitions.js';

const ORDERS = { account: '111122223333', streamName: 'orders' };

test.each(PARTITIONS)('a stream in %s, %s', (partition, region) => {
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
