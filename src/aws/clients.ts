import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { assumedRole, type StreamRole } from './stream-role.js';

export interface ClientOptions {
  region: string;
  /** Another endpoint than AWS's, such as an emulator's. */
  endpoint?: string | undefined;
}

/** How often a call is made that was throttled or got no answer, the first time included. */
const MAX_ATTEMPTS = 5;

/**
 * A Kinesis client with the default credential chain, as the launcher has with DefaultCredentialsProvider, or with the
 * role that is assumed for the stream. It speaks HTTP/1.1, which every proxy and emulator knows; the few calls that are
 * made here gain nothing from HTTP/2.
 */
export function createKinesisClient({
  region,
  endpoint,
  role,
}: ClientOptions & { role?: StreamRole | undefined }): KinesisClient {
  return new KinesisClient({
    region,
    requestHandler: new NodeHttpHandler(),
    maxAttempts: MAX_ATTEMPTS,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(role === undefined ? {} : { credentials: assumedRole(role, region) }),
  });
}

/** A DynamoDB client with the default credential chain: the lease table is always the reader's own. */
export function createDynamoDBClient({ region, endpoint }: ClientOptions): DynamoDBClient {
  return new DynamoDBClient({
    region,
    maxAttempts: MAX_ATTEMPTS,
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}

/** A KMS client with the default credential chain; AWS_ENDPOINT_URL_KMS replaces the endpoint. */
export function createKmsClient({ region }: Pick<ClientOptions, 'region'>): KMSClient {
  return new KMSClient({ region, maxAttempts: MAX_ATTEMPTS });
}
