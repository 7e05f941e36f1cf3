import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { noting } from './noted-credentials.js';
import { assumedRole, type StreamRole } from './stream-role.js';
import { cutCreationTimes } from './whole-seconds.js';

export interface ClientOptions {
  region: string;
  /** Another endpoint than AWS's, such as an emulator's. */
  endpoint?: string | undefined;
}

/** Of the stream's side, which may be read with a role of its own. */
export interface StreamClientOptions extends ClientOptions {
  role?: StreamRole | undefined;
}

export interface SqsClientOptions extends ClientOptions {
  /** How often a call is made that was throttled or got no answer, the first time included. */
  maxAttempts?: number;
  /** Of one attempt. */
  timeoutMs?: number;
}

/** How often a call is made that was throttled or got no answer, the first time included. */
const MAX_ATTEMPTS = 5;

/**
 * A Kinesis client with the default credential chain, as the launcher has with DefaultCredentialsProvider, or with the
 * role that is assumed for the stream. It speaks HTTP/1.1, which every proxy and emulator knows; the few calls that are
 * made here gain nothing from HTTP/2.
 */
export function createKinesisClient({ region, endpoint, role }: StreamClientOptions): KinesisClient {
  const client = new KinesisClient({
    region,
    requestHandler: new NodeHttpHandler(),
    maxAttempts: MAX_ATTEMPTS,
    // Else what has no ARN, such as ListShards with a token, would go to the reader's name; Java's goes to the general.
    accountIdEndpointMode: 'disabled',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...credentialsOf(role, region),
  });
  cutCreationTimes(client);
  return noting(client);
}

/** A DynamoDB client with the default credential chain: the lease table is always the reader's own. */
export function createDynamoDBClient({ region, endpoint }: ClientOptions): DynamoDBClient {
  return noting(
    new DynamoDBClient({
      region,
      maxAttempts: MAX_ATTEMPTS,
      ...(endpoint === undefined ? {} : { endpoint }),
    }),
  );
}

/** A KMS client with the default credential chain, or the stream's role; AWS_ENDPOINT_URL_KMS replaces the endpoint. */
export function createKmsClient({ region, role }: Omit<StreamClientOptions, 'endpoint'>): KMSClient {
  return noting(new KMSClient({ region, maxAttempts: MAX_ATTEMPTS, ...credentialsOf(role, region) }));
}

/** An STS client with the default credential chain, or the stream's role; AWS_ENDPOINT_URL_STS replaces the endpoint. */
export function createStsClient({ region, role }: Omit<StreamClientOptions, 'endpoint'>): STSClient {
  return noting(new STSClient({ region, maxAttempts: MAX_ATTEMPTS, ...credentialsOf(role, region) }));
}

/** A CloudWatch client with the default credential chain; AWS_ENDPOINT_URL_CLOUDWATCH replaces the endpoint. */
export function createCloudWatchClient({ region }: Pick<ClientOptions, 'region'>): CloudWatchClient {
  return noting(new CloudWatchClient({ region, maxAttempts: MAX_ATTEMPTS }));
}

/** Else a call that gets no answer would hold up its shard without end. */
const SQS_TIMEOUT_MS = 15_000;

/**
 * An SQS client with the default credential chain: the queue is the reader's own. Without an endpoint
 * AWS_ENDPOINT_URL_SQS replaces AWS's, whatever a queue's URL says.
 */
export function createSqsClient({
  region,
  endpoint,
  maxAttempts = MAX_ATTEMPTS,
  timeoutMs = SQS_TIMEOUT_MS,
}: SqsClientOptions): SQSClient {
  return noting(
    new SQSClient({
      region,
      maxAttempts,
      requestHandler: new NodeHttpHandler({
        connectionTimeout: timeoutMs,
        requestTimeout: timeoutMs,
        throwOnRequestTimeout: true,
      }),
      // It would win over AWS_ENDPOINT_URL_SQS, and write warnings past the log.
      useQueueUrlAsEndpoint: false,
      ...(endpoint === undefined ? {} : { endpoint }),
    }),
  );
}

function credentialsOf(role: StreamRole | undefined, region: string) {
  return role === undefined ? {} : { credentials: assumedRole(role, region) };
}
