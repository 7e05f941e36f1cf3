import { isDeepStrictEqual } from 'node:util';
import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { readTemplate, resolveTemplate } from '../infra/helpers/cloudformation.js';
import { sharedStream, withWorker } from './helpers/fixtures.js';

interface Metric {
  MetricName: string;
  Dimensions: { Name: string; Value: string }[];
}

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const metric = (namespace: unknown, { MetricName, Dimensions }: Metric) => ({
  namespace,
  MetricName,
  Dimensions,
});

test('KCL reports the metric that alarms and scaling of infra/reader-ecs.yaml are on', async () => {
  const reported: ReturnType<typeof metric>[] = [];
  lab.gate.disturb(({ operation, fields }) => {
    if (operation === 'PutMetricData') {
      reported.push(...(fields.MetricData as Metric[]).map((one) => metric(fields.Namespace, one)));
    }
    return undefined;
  });
  const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 10), 2);
  const { Behind, FarBehind, TooManyWorkers } = resolveTemplate(readTemplate('infra/reader-ecs.yaml'), {
    StreamArn: arn,
    ApplicationName: application,
    RunService: 'true',
    Image: 'image',
    Subnets: ['subnet-1'],
    SecurityGroups: ['sg-1'],
  });
  const { Metrics } = TooManyWorkers.Properties;
  const ofMath = Metrics.find(({ Id }: { Id: string }) => Id === 'behind').MetricStat.Metric;
  const alarmedOn = [Behind.Properties, FarBehind.Properties, ofMath].map((one) =>
    metric(one.Namespace, one),
  );

  const env = {
    // The least detailed of the levels that report anything.
    METRICS_LEVEL: 'SUMMARY',
    KCL_METRICS_BUFFER_TIME_MILLIS: '1000',
    AWS_ENDPOINT_URL_CLOUDWATCH: lab.gate.endpoint,
  };
  await withWorker(lab, arn, env, (consumer) =>
    consumer.until('they are reported', () =>
      alarmedOn.every((expected) => reported.some((one) => isDeepStrictEqual(one, expected))),
    ),
  );
  expect(reported).toEqual(expect.arrayContaining(alarmedOn));
});
