import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { type Lab, startLab } from '../../lab/lab.js';

let lab: Lab;
let client: CloudWatchClient;

beforeAll(async () => {
  lab = await startLab();
  const credentials = lab.gate.identities.addUser('arn:aws:iam::222222222222:user/metrics', [
    {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'cloudwatch:PutMetricData',
          Resource: '*',
          Condition: { StringEquals: { 'cloudwatch:namespace': 'orders' } },
        },
      ],
    },
  ]);
  client = new CloudWatchClient({ region: lab.region, endpoint: lab.gate.endpoint, credentials });
});
afterAll(async () => {
  client.destroy();
  await lab.stop();
});

const put = (Namespace: string, MetricData?: { MetricName: string; Value: number }[]) =>
  client.send(new PutMetricDataCommand({ Namespace, MetricData })).then(
    () => 'taken',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

test('metrics are taken', async () => {
  expect(await put('orders', [{ MetricName: 'RecordsProcessed', Value: 1 }])).toBe('taken');
});

test.each([[[]], [undefined]])('without any (%j) they are refused as AWS does', async (none) => {
  expect(await put('orders', none)).toBe(
    'MissingRequiredParameterException: The parameter MetricData is required.',
  );
});

test('whether it is allowed is asked before', async () => {
  expect(await put('others')).toMatch(/^AccessDenied(Exception)?: .*is not authorized/);
});
