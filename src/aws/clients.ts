import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { IAMClient } from '@aws-sdk/client-iam';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { type CallingClient, noting } from './client-calls.js';
import { credentialChain } from './credential-chain.js';
import { renewingRefused } from './refused-credentials.js';
import { RequestHandler } from './request-handler.js';
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
 * role that is assumed for the stream. It speaks HTTP/1.1: the few calls that are made here gain nothing from HTTP/2.
 */
export function createKinesisClient({ region, endpoint, role }: StreamClientOptions): KinesisClient {
  const client = new KinesisClient({
    region,
    requestHandler: new RequestHandler(),
    maxAttempts: MAX_ATTEMPTS,
    // Else what has no ARN, such as ListShards with a token, would go to the reader's name; Java's goes to the general.
    accountIdEndpointMode: 'disabled',
    ...(endpoint === undefined ? {} : { endpoint }),
    credentials: credentialsOf(role, region),
  });
  cutCreationTimes(client);
  return prepared(client);
}

/** A DynamoDB client with the default credential chain: the lease table is always the reader's own. */
export function createDynamoDBClient({ region, endpoint }: ClientOptions): DynamoDBClient {
  return prepared(
    new DynamoDBClient({
      region,
      requestHandler: new RequestHandler(),
      credentials: credentialChain(),
      maxAttempts: MAX_ATTEMPTS,
      ...(endpoint === undefined ? {} : { endpoint }),
    }),
  );
}

/** A KMS client with the default credential chain, or the stream's role; AWS_ENDPOINT_URL_KMS replaces the endpoint. */
export function createKmsClient({ region, role }: Omit<StreamClientOptions, 'endpoint'>): KMSClient {
  return prepared(new KMSClient({ ...basics(region), credentials: credentialsOf(role, region) }));
}

/** An STS client with the default credential chain, or the stream's role; AWS_ENDPOINT_URL_STS replaces the endpoint. */
export function createStsClient({ region, role }: Omit<StreamClientOptions, 'endpoint'>): STSClient {
  return prepared(new STSClient({ ...basics(region), credentials: credentialsOf(role, region) }));
}

/**
 * An IAM client with the default credential chain; AWS_ENDPOINT_URL_IAM replaces the endpoint, of which a partition has
 * one. The library is loaded here: a start that fails at nothing does not need it.
 */
export async function createIamClient({ region }: Pick<ClientOptions, 'region'>): Promise<IAMClient> {
  const { IAMClient } = await import('@aws-sdk/client-iam');
  return prepared(new IAMClient({ ...basics(region), credentials: credentialChain() }));
}

/** A CloudWatch client with the default credential chain; AWS_ENDPOINT_URL_CLOUDWATCH replaces the endpoint. */
export function createCloudWatchClient({ region }: Pick<ClientOptions, 'region'>): CloudWatchClient {
  return prepared(new CloudWatchClient({ ...basics(region), credentials: credentialChain() }));
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
  return prepared(
    new SQSClient({
      region,
      credentials: credentialChain(),
      maxAttempts,
      requestHandler: new RequestHandler({
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

function basics(region: string) {
  return { region, requestHandler: new RequestHandler(), maxAttempts: MAX_ATTEMPTS };
}

function credentialsOf(role: StreamRole | undefined, region: string) {
  return role === undefined ? credentialChain() : assumedRole(role, region);
}

/** Of every client: its credentials are hidden from what is written, and renewed when AWS refuses them. */
const prepared = <C extends CallingClient<'initialize'> & CallingClient<'finalizeRequest'>>(client: C) =>
  renewingRefused(noting(client));
