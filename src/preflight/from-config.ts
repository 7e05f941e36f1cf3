import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
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
import type { WorkerConfig } from '../config/load.js';
import type { Application } from './checks/application-checks.js';
import type { FailureQueueTarget } from './checks/failure-queue.js';
import type { KclJars } from './checks/kcl-version.js';
import type { PreflightRequest } from './preflight.js';

/** What the configuration does not say. */
export type Beside = Pick<PreflightRequest, 'for' | 'reader' | 'leaveOutSubscribe'> &
  Pick<KclJars, 'kclJars'> &
  Pick<Application, 'askJava'>;

/** The clients for the streams and the tables, which `start` uses besides. */
export interface ReaderClients {
  readonly kinesis: KinesisClient;
  readonly dynamodb: DynamoDBClient;
}

/** @throws EnvironmentError as openPreflight */
export function createReaderClients(config: WorkerConfig): ReaderClients {
  const { regionName: region, kinesisEndpoint, leaseTableRegion, dynamoDBEndpoint } = config;
  return {
    kinesis: createKinesisClient({ region, endpoint: kinesisEndpoint, role: streamRoleOf(config) }),
    dynamodb: createDynamoDBClient({ region: leaseTableRegion, endpoint: dynamoDBEndpoint }),
  };
}

export interface OpenPreflight {
  readonly request: PreflightRequest;
  close(): void;
}

/**
 * The request for what `start` would read, with clients like those of `start`; close() closes these, too.
 *
 * @throws EnvironmentError if a variable that names a proxy holds something else
 */
export function openPreflight(
  config: WorkerConfig,
  { kclJars, askJava, ...beside }: Beside,
  { kinesis, dynamodb } = createReaderClients(config),
): OpenPreflight {
  const { regionName: region } = config;
  const role = streamRoleOf(config);
  const clients = {
    sts: createStsClient({ region }),
    kinesis,
    kms: createKmsClient({ region, role }),
  };
  const application =
    beside.for === 'kcl' ? applicationOf(config, dynamodb, { kclJars, askJava }) : undefined;
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
      dynamodb.destroy();
      application?.cloudwatch.destroy();
      application?.failureQueue?.sqs.destroy();
      streamRole?.sts.destroy();
    },
  };
}

function streamRoleOf({ streamRoleArn: arn, streamRoleExternalId: externalId }: WorkerConfig) {
  return arn === undefined ? undefined : { arn, externalId };
}

function applicationOf(
  config: WorkerConfig,
  dynamodb: DynamoDBClient,
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
    dynamodb,
    cloudwatch: createCloudWatchClient({ region }),
    failureQueue: failureQueueOf(config),
  };
}

function failureQueueOf(config: WorkerConfig): FailureQueueTarget | undefined {
  const { onFailure, failureQueueUrl: queue, regionName } = config;
  if (onFailure !== 'send' || queue === undefined) return undefined;
  const region = queue.region ?? regionName;
  return { queue, region, sqs: createSqsClient({ region, endpoint: queue.endpoint }) };
}
