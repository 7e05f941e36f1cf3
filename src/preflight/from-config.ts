import {
  createCloudWatchClient,
  createDynamoDBClient,
  createKinesisClient,
  createKmsClient,
  createSqsClient,
  createStsClient,
} from '../aws/clients.js';
import { parseReaderArn } from '../aws/reader-arn.js';
import { roleArnFrom } from '../aws/role-arn.js';
import type { ConsumerConfig } from '../config/load.js';
import type { Application } from './checks/application-checks.js';
import type { FailureQueueTarget } from './checks/failure-queue.js';
import type { KclJars } from './checks/kcl-version.js';
import type { PreflightRequest } from './preflight.js';

/** What the configuration does not say. */
export type Beside = Pick<PreflightRequest, 'for' | 'reader' | 'leaveOutSubscribe'> &
  Pick<KclJars, 'kclJars'> &
  Pick<Application, 'askJava'>;

export interface OpenPreflight {
  readonly request: PreflightRequest;
  close(): void;
}

/**
 * The request for what `start` would read, with clients like those of `start`.
 *
 * @throws EnvironmentError if a variable that names a proxy holds something else
 */
export function openPreflight(
  config: ConsumerConfig,
  { kclJars, askJava, ...beside }: Beside,
): OpenPreflight {
  const { regionName: region, streamRoleArn: arn, streamRoleExternalId: externalId } = config;
  const role = arn === undefined ? undefined : { arn, externalId };
  const clients = {
    sts: createStsClient({ region }),
    kinesis: createKinesisClient({ region, endpoint: config.kinesisEndpoint, role }),
    kms: createKmsClient({ region, role }),
  };
  const application = beside.for === 'kcl' ? applicationOf(config, { kclJars, askJava }) : undefined;
  const streamRole = role && {
    reader: parseReaderArn(role.arn),
    sts: createStsClient({ region, role }),
  };
  return {
    request: {
      ...beside,
      streams: config.streams,
      region,
      roleArnOf: roleArnFrom(region),
      streamRole,
      application,
      clients,
    },
    close() {
      for (const client of Object.values(clients)) client.destroy();
      application?.dynamodb.destroy();
      application?.cloudwatch.destroy();
      application?.failureQueue?.sqs.destroy();
      streamRole?.sts.destroy();
    },
  };
}

function applicationOf(
  config: ConsumerConfig,
  beside: Pick<Application, 'kclJars' | 'askJava'>,
): Application {
  const { leaseTableRegion: region, applicationName: name } = config;
  const {
    tables,
    migratesTables,
    pointInTimeRecovery,
    leaseWrites,
    metricsLevel,
    streams,
    allowEpochChange,
    runDirectory,
  } = config;
  return {
    name,
    leaseTable: tables.lease,
    coordinatorStateTable: tables.coordinatorState,
    workerMetricsTable: tables.workerMetrics,
    migratesTables,
    pointInTimeRecovery,
    leaseWrites,
    region,
    metricsLevel,
    streams,
    allowEpochChange,
    runDirectory,
    ...beside,
    dynamodb: createDynamoDBClient({ region, endpoint: config.dynamoDBEndpoint }),
    cloudwatch: createCloudWatchClient({ region }),
    failureQueue: failureQueueOf(config),
  };
}

function failureQueueOf(config: ConsumerConfig): FailureQueueTarget | undefined {
  const { onFailure, failureQueueUrl: queue, regionName } = config;
  if (onFailure !== 'send' || queue === undefined) return undefined;
  const region = queue.region ?? regionName;
  return { queue, region, sqs: createSqsClient({ region, endpoint: queue.endpoint }) };
}
