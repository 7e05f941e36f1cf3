import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  type KinesisClient,
  SubscribeToShardCommand,
} from '@aws-sdk/client-kinesis';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { ConsumerArn, StreamArn } from '../aws/arn.js';
import type { Application } from './checks/application-checks.js';
import type { Service } from './checks/network.js';
import { endpointOf } from './endpoint.js';
import { otherName } from './other-name.js';

/** What is called besides the streams. */
export interface OtherCalls {
  readonly application: Application | undefined;
  /** Where the role for the streams is assumed, if there is one. */
  readonly sts: STSClient | undefined;
}

/**
 * Where both processes call while a worker runs, by the SDK's own rules: Node's calls, and KCL's, which follow the same
 * (docs/network.md). One call stands for all that have its name. STS and KMS are otherwise called by the checks alone.
 */
export function servicesOf(
  kinesis: KinesisClient,
  streams: readonly { readonly stream: StreamArn; readonly consumer?: ConsumerArn | undefined }[],
  { application, sts }: OtherCalls,
): Service[] {
  const ofStreams = streams.flatMap(({ stream, consumer }) => [
    called('Kinesis', kinesis, DescribeStreamSummaryCommand, { StreamARN: stream.arn }),
    called('Kinesis', kinesis, GetRecordsCommand, { StreamARN: stream.arn }),
    ...(consumer
      ? [
          called('Kinesis', kinesis, DescribeStreamConsumerCommand, { ConsumerARN: consumer.arn }),
          called('Kinesis', kinesis, SubscribeToShardCommand, { ConsumerARN: consumer.arn }),
        ]
      : []),
  ]);
  const ofRole = sts ? [called('STS', sts, AssumeRoleCommand)] : [];
  if (application === undefined) return [...ofStreams, ...ofRole];
  const { dynamodb, cloudwatch, metricsLevel, failureQueue, leaseTable } = application;
  return [
    ...ofStreams,
    ...ofRole,
    called('DynamoDB', dynamodb, DescribeTableCommand, { TableName: leaseTable }),
    ...(metricsLevel === 'NONE' ? [] : [called('CloudWatch', cloudwatch, PutMetricDataCommand)]),
    ...(failureQueue ? [called('SQS', failureQueue.sqs, SendMessageCommand)] : []),
  ];
}

function called(
  name: string,
  client: Parameters<typeof endpointOf>[0],
  command: Parameters<typeof endpointOf>[1],
  input: object = {},
): Service {
  return {
    name,
    endpoint: () => endpointOf(client, command, input),
    otherName: (signal) => otherName(name, (parts) => endpointOf(client, command, input, parts), signal),
  };
}
