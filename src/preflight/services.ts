import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamSummaryCommand, GetRecordsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { StreamArn } from '../aws/arn.js';
import type { Application } from './checks/application-checks.js';
import type { Service } from './checks/network.js';
import { endpointOf } from './endpoint.js';

/** What reading calls; STS and KMS are called by the checks alone. Hosts of Kinesis differ by account and kind of call. */
export function servicesOf(
  client: KinesisClient,
  streams: readonly StreamArn[],
  application: Application | undefined,
): Service[] {
  const kinesis = streams.flatMap(({ arn }) =>
    [DescribeStreamSummaryCommand, GetRecordsCommand].map((command) => ({
      name: 'Kinesis',
      endpoint: () => endpointOf(client, command, { StreamARN: arn }),
    })),
  );
  if (application === undefined) return kinesis;
  const { dynamodb, cloudwatch, metricsLevel, failureQueue } = application;
  return [
    ...kinesis,
    { name: 'DynamoDB', endpoint: () => endpointOf(dynamodb, DescribeTableCommand) },
    ...(metricsLevel === 'NONE'
      ? []
      : [{ name: 'CloudWatch', endpoint: () => endpointOf(cloudwatch, PutMetricDataCommand) }]),
    ...(failureQueue
      ? [{ name: 'SQS', endpoint: () => endpointOf(failureQueue.sqs, SendMessageCommand) }]
      : []),
  ];
}
