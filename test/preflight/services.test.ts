import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { parseConsumerArn, parseStreamArn } from '../../src/aws/arn.js';
import { createKinesisClient, createSqsClient, createStsClient } from '../../src/aws/clients.js';
import { parseQueueUrl } from '../../src/aws/queue-url.js';
import type { Application } from '../../src/preflight/checks/application-checks.js';
import { otherName } from '../../src/preflight/other-name.js';
import { servicesOf } from '../../src/preflight/services.js';
import { PARTITIONS } from '../aws/helpers/partitions.js';
import { refusing, serve } from './helpers/local-server.js';

const saved = { ...process.env };
beforeEach(() => {
  for (const name of Object.keys(process.env))
    if (/^(AWS_|\w*_ENDPOINT$)/.test(name)) delete process.env[name];
  process.env.AWS_ACCESS_KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  process.env.AWS_ACCOUNT_ID = '222222222222';
  process.env.AWS_CONFIG_FILE = '/dev/null';
  process.env.AWS_SHARED_CREDENTIALS_FILE = '/dev/null';
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, saved);
});

/** The hosts that are called to read a stream of account 111111111111 as account 222222222222. */
async function names(partition: string, region: string, { role = false, queue = '' } = {}) {
  const stream = parseStreamArn(`arn:${partition}:kinesis:${region}:111111111111:stream/orders`);
  const consumer = parseConsumerArn(`${stream.arn}/consumer/shared:1700000000`);
  const application = {
    leaseTable: 'orders',
    metricsLevel: 'DETAILED',
    dynamodb: new DynamoDBClient({ region }),
    cloudwatch: new CloudWatchClient({ region }),
    failureQueue: queue && { queue: parseQueueUrl(queue), region, sqs: createSqsClient({ region }) },
  } as unknown as Application;
  const services = servicesOf(createKinesisClient({ region }), [{ stream, consumer }], {
    application,
    sts: role ? createStsClient({ region }) : undefined,
  });
  const urls = await Promise.all(services.map(({ endpoint }) => endpoint()));
  return [...new Set(urls.map(({ host }) => host))];
}

describe('the names that are called', () => {
  test('have the accounts in them: of the ARN, and of the credentials', async () => {
    const queue = 'https://sqs.eu-west-1.amazonaws.com/222222222222/failed';
    expect(await names('aws', 'eu-west-1', { role: true, queue })).toEqual([
      '111111111111.control-kinesis.eu-west-1.amazonaws.com',
      '111111111111.data-kinesis.eu-west-1.amazonaws.com',
      'sts.eu-west-1.amazonaws.com',
      '222222222222.ddb.eu-west-1.amazonaws.com',
      'monitoring.eu-west-1.amazonaws.com',
      'sqs.eu-west-1.amazonaws.com',
    ]);
  });

  test.each<[string, NodeJS.ProcessEnv, string, string, string]>([
    ['without an account', { AWS_ACCOUNT_ID: '' }, '111111111111.data-kinesis', 'dynamodb', 'amazonaws.com'],
    [
      'with AWS_ACCOUNT_ID_ENDPOINT_MODE=disabled',
      { AWS_ACCOUNT_ID_ENDPOINT_MODE: 'disabled' },
      '111111111111.data-kinesis',
      'dynamodb',
      'amazonaws.com',
    ],
    [
      'with AWS_USE_FIPS_ENDPOINT',
      { AWS_USE_FIPS_ENDPOINT: 'true' },
      '111111111111.data-kinesis-fips',
      'dynamodb-fips',
      'amazonaws.com',
    ],
    [
      'with AWS_USE_DUALSTACK_ENDPOINT',
      { AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      '111111111111.data-kinesis',
      '222222222222.ddb',
      'api.aws',
    ],
  ])('%s', async (_what, env, kinesis, dynamodb, suffix) => {
    Object.assign(process.env, env);
    const found = await names('aws', 'us-east-1');
    expect(found).toContain(`${kinesis}.us-east-1.${suffix}`);
    expect(found).toContain(`${dynamodb}.us-east-1.${suffix}`);
  });

  test.each(PARTITIONS)('in %s, %s end in its suffix', async (partition, region, suffix) => {
    for (const host of await names(partition, region)) expect(host).toMatch(`.${region}.${suffix}`);
  });

  test('AWS_ACCOUNT_ID_ENDPOINT_MODE=required without an account is refused', async () => {
    Object.assign(process.env, { AWS_ACCOUNT_ID: '', AWS_ACCOUNT_ID_ENDPOINT_MODE: 'required' });
    await expect(names('aws', 'eu-west-1')).rejects.toThrow('AccountIdEndpointMode is required');
  });
});

describe('another name', () => {
  const cases = [
    ['DynamoDB', 'account', 'AWS_ACCOUNT_ID_ENDPOINT_MODE=disabled'],
    ['Kinesis', 'account', 'KINESIS_ENDPOINT=http://127.0.0.1:'],
    ['CloudWatch', 'fips', 'AWS_USE_FIPS_ENDPOINT=false'],
    ['CloudWatch', 'dualStack', 'AWS_USE_DUALSTACK_ENDPOINT=false'],
  ] as const;

  test.each(cases)(
    'of %s that answers without its %s is told with what makes it the name',
    async (service, part, text) => {
      const answering = await serve((_request, response) => response.end());
      const bad = await refusing();
      const remedy = await otherName(
        service,
        async (parts) => (parts[part] === false ? answering : bad),
        AbortSignal.timeout(10_000),
      );
      expect(remedy).toContain(`${answering.host} answers, and ${bad.host} does not`);
      expect(remedy).toContain(text);
    },
  );

  test('that does not answer either is not told', async () => {
    const [bad, worse] = [await refusing(), await refusing()];
    const endpoint = async ({ account }: { account?: boolean }) => (account === false ? worse : bad);
    expect(await otherName('DynamoDB', endpoint, AbortSignal.timeout(10_000))).toBeUndefined();
  });
});
