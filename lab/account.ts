import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** One of the lab's AWS accounts, with clients that call as it. */
export interface Account {
  /** 12 digits. */
  id: string;
  /** What a process needs to call as this account; the endpoints are the lab's. */
  env: Record<string, string>;
  kinesis: KinesisClient;
  dynamodb: DynamoDBClient;
}

export interface Endpoints {
  region: string;
  kinesisEndpoint: string;
  dynamodbEndpoint: string;
}

export function openAccount(id: string, { region, kinesisEndpoint, dynamodbEndpoint }: Endpoints): Account {
  // The emulators take the account from the access key id and check no signature.
  const credentials = { accessKeyId: id, secretAccessKey: 'lab' };
  const dynamodb = new DynamoDBClient({ region, credentials, endpoint: dynamodbEndpoint });
  return {
    id,
    env: {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
    },
    kinesis: new KinesisClient({
      region,
      credentials,
      endpoint: kinesisEndpoint,
      // HTTP/1.1 instead of HTTP/2: kinesis-local breaks that protocol when a request is larger than about 30 kB, and
      // the ERR_HTTP2_ERROR that follows can't be caught.
      requestHandler: new NodeHttpHandler(),
    }),
    dynamodb,
  };
}

export function closeAccount(account: Account): void {
  account.kinesis.destroy();
  account.dynamodb.destroy();
}
