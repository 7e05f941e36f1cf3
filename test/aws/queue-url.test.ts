import { parseQueue, parseQueueUrl, QueueUrlError } from '../../src/aws/queue-url.js';
import { PARTITIONS } from './helpers/partitions.js';

const ACCOUNT = '222222222222';
const aws = (host: string) => `https://${host}/${ACCOUNT}/failed`;

describe("AWS's own URLs say the region and the ARN, and are reached where the SDK finds them", () => {
  test.each<[string, string, string]>([
    ...PARTITIONS.map(([partition, region, suffix]): [string, string, string] => [
      aws(`sqs.${region}.${suffix}`),
      region,
      partition,
    ]),
    [aws('queue.amazonaws.com'), 'us-east-1', 'aws'],
    [aws('eu-west-1.queue.amazonaws.com'), 'eu-west-1', 'aws'],
    [aws('cn-north-1.queue.amazonaws.com.cn'), 'cn-north-1', 'aws-cn'],
  ])('%s', (url, region, partition) => {
    expect(parseQueueUrl(url)).toEqual({
      url,
      queueName: 'failed',
      fifo: false,
      region,
      account: ACCOUNT,
      arn: {
        arn: `arn:${partition}:sqs:${region}:${ACCOUNT}:failed`,
        partition,
        region,
        account: ACCOUNT,
        queueName: 'failed',
      },
      endpoint: undefined,
    });
  });
});

describe('other endpoints are called where they are, and give what they can', () => {
  test.each([
    [aws('vpce-0a1b-2c3d.sqs.eu-west-1.vpce.amazonaws.com'), 'eu-west-1', ACCOUNT],
    [aws('sqs-fips.us-east-1.amazonaws.com'), 'us-east-1', ACCOUNT],
    [aws('sqs.eu-west-1.api.aws'), 'eu-west-1', ACCOUNT],
    [aws('vpce-0a1b-2c3d.sqs.eusc-de-east-1.vpce.amazonaws.eu'), 'eusc-de-east-1', ACCOUNT],
    [aws('sqs.eusc-de-east-1.amazonaws.com'), 'eusc-de-east-1', ACCOUNT],
    [`http://sqs.eu-west-1.localhost.localstack.cloud:4566/${ACCOUNT}/failed`, 'eu-west-1', ACCOUNT],
    [`http://localhost:4566/${ACCOUNT}/failed`, undefined, ACCOUNT],
    ['http://localhost:9324/queue/failed', undefined, undefined],
    ['http://localhost:9324/failed', undefined, undefined],
  ])('%s', (url, region, account) => {
    const parsed = parseQueueUrl(url);

    expect(parsed).toMatchObject({ url, queueName: 'failed', endpoint: new URL(url).origin });
    expect([parsed.region, parsed.account]).toEqual([region, account]);
    const partition = region?.startsWith('eusc-') ? 'aws-eusc' : 'aws';
    expect(parsed.arn?.arn).toBe(region && account && `arn:${partition}:sqs:${region}:${account}:failed`);
  });
});

test('a FIFO queue is told by its name', () => {
  expect(parseQueueUrl(`${aws('sqs.eu-west-1.amazonaws.com')}.fifo`)).toMatchObject({
    queueName: 'failed.fifo',
    fifo: true,
  });
});

test.each([
  ['failed', 'it is not a URL'],
  [`arn:aws:sqs:eu-west-1:${ACCOUNT}:failed`, "its protocol is 'arn:'"],
  ['https://sqs.eu-west-1.amazonaws.com/', "the queue name '' is not 1-80 of a-z A-Z 0-9 _ -"],
  [`https://sqs.eu-west-1.amazonaws.com/${ACCOUNT}/`, "the queue name '' is not"],
  [`${aws('sqs.eu-west-1.amazonaws.com')}.txt`, "the queue name 'failed.txt' is not"],
  [`https://sqs.eu-west-1.amazonaws.com/${ACCOUNT}/${'a'.repeat(81)}`, 'is not 1-80 of'],
  [`https://sqs.eu-west-1.amazonaws.com/${ACCOUNT}/${'a'.repeat(76)}.fifo`, 'is not 1-80 of'],
  ['https://sqs.eu-west-1.amazonaws.com/failed', "'' before the queue name is not 12 digits"],
  ['https://sqs.eu-west-1.amazonaws.com/1234/failed', "'1234' before the queue name is not 12 digits"],
  [
    `https://sqs.eu-west-1.amazonaws.com/x/${ACCOUNT}/failed`,
    `'x/${ACCOUNT}' before the queue name is not 12 digits`,
  ],
  [`${aws('sqs.eu-west-1.amazonaws.com')}?Action=SendMessage`, 'something follows the queue name'],
])('%s is refused: %s', (text, reason) => {
  expect(() => parseQueueUrl(text)).toThrow(QueueUrlError);
  expect(() => parseQueueUrl(text)).toThrow(`'${text}' can't be used: `);
  expect(() => parseQueueUrl(text)).toThrow(reason);
  expect(() => parseQueueUrl(text)).toThrow('expected https://sqs.<region>.amazonaws.com/<12-digit account>');
});

test('credentials in it are refused, and not repeated', () => {
  const refused = () => parseQueueUrl(`https://me:secret@sqs.eu-west-1.amazonaws.com/${ACCOUNT}/failed`);

  expect(refused).toThrow('it holds credentials');
  expect(refused).not.toThrow('secret');
});

describe('by ARN or URL', () => {
  const arn = `arn:aws:sqs:eu-west-1:${ACCOUNT}:failed`;

  test.each([arn, aws('sqs.eu-west-1.amazonaws.com')])('%s', (text) => {
    expect(parseQueue(text).arn).toBe(arn);
  });

  test('a URL that does not say everything is refused', () => {
    expect(() => parseQueue(`http://localhost:4566/${ACCOUNT}/failed`)).toThrow(
      "it does not say the queue's region and account; expected https://sqs.",
    );
  });
});
