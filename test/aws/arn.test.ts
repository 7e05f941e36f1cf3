import { ArnError, parseConsumerArn, parseStreamArn } from '../../src/aws/arn.js';
import { PARTITIONS } from './helpers/partitions.js';

const stream = (partition: string, region: string) =>
  `arn:${partition}:kinesis:${region}:111122223333:stream/orders`;

describe('a stream ARN', () => {
  test.each<readonly [string, string, ...string[]]>([...PARTITIONS, ['aws-later', 'later-xx-east-1']])(
    'of %s, %s is taken apart',
    (partition, region) => {
      const arn = stream(partition, region);

      expect(parseStreamArn(arn)).toEqual({
        arn,
        partition,
        region,
        account: '111122223333',
        streamName: 'orders',
      });
    },
  );

  test.each([
    ['orders', "it does not have an ARN's six parts"],
    ['', "it does not have an ARN's six parts"],
    ['arn:aws:kinesis:eu-west-1:111122223333', "it does not have an ARN's six parts"],
    ['urn:aws:kinesis:eu-west-1:111122223333:stream/orders', "it does not have an ARN's six parts"],
    ['arn:amazon:kinesis:eu-west-1:111122223333:stream/orders', "the partition is 'amazon'"],
    ['arn:aws:firehose:eu-west-1:111122223333:stream/orders', "the service is 'firehose', not 'kinesis'"],
    ['arn:aws:kinesis:europe:111122223333:stream/orders', "the region is 'europe'"],
    ['arn:aws:kinesis::111122223333:stream/orders', "the region is ''"],
    ['arn:aws:kinesis:eu-west-1:1111:stream/orders', "the account is '1111', not 12 digits"],
    ['arn:aws:kinesis:eu-west-1:111122223333:table/orders', "the resource is 'table/orders'"],
    ['arn:aws:kinesis:eu-west-1:111122223333:stream/a/b', "the resource is 'stream/a/b'"],
    ['arn:aws:kinesis:eu-west-1:111122223333:stream/', "the stream name '' is not 1-128 of"],
    ['arn:aws:kinesis:eu-west-1:111122223333:stream/or ders', "the stream name 'or ders' is not 1-128 of"],
    [`arn:aws:kinesis:eu-west-1:111122223333:stream/${'x'.repeat(129)}`, 'is not 1-128 of'],
    [` ${stream('aws', 'eu-west-1')}`, "it does not have an ARN's six parts"],
    [`${stream('aws', 'eu-west-1')}/consumer/me:1`, 'it is the ARN of a consumer'],
  ])('%p is refused', (text, reason) => {
    const run = () => parseStreamArn(text);

    expect(run).toThrow(ArnError);
    expect(run).toThrow(`'${text}' can't be used: `);
    expect(run).toThrow(reason);
    expect(run).toThrow('; expected arn:aws:kinesis:<region>:<12-digit account>:stream/<name>');
  });
});

describe('a consumer ARN', () => {
  test.each(PARTITIONS)('of %s, %s is taken apart', (partition, region) => {
    const streamArn = stream(partition, region);
    const arn = `${streamArn}/consumer/me.1_-:1700000000`;

    expect(parseConsumerArn(arn)).toEqual({
      arn,
      streamArn,
      consumerName: 'me.1_-',
      creationEpoch: 1_700_000_000,
    });
  });

  test.each([
    ['/consumer/me', 'the creation timestamp at its end is missing'],
    ['/consumer/me:', "the resource is 'stream/orders/consumer/me:'"],
    ['/consumer/me:soon', "the resource is 'stream/orders/consumer/me:soon'"],
    ['/consumer/:1', "the resource is 'stream/orders/consumer/:1'"],
    ['/consumer/m e:1', 'a name in it is not 1-128 of'],
    ['', "the resource is 'stream/orders'"],
  ])('that ends in %p is refused', (end, reason) => {
    const run = () => parseConsumerArn(`${stream('aws', 'eu-west-1')}${end}`);

    expect(run).toThrow(ArnError);
    expect(run).toThrow(reason);
  });
});
