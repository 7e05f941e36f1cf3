import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis';

export interface ClientOptions {
  region: string;
  /** Another endpoint than AWS's, such as an emulator's. */
  endpoint?: string | undefined;
}

/** A Kinesis client with the default credential chain, as the launcher has with DefaultCredentialsProvider. */
export function createKinesisClient({ region, endpoint }: ClientOptions): KinesisClient {
  const config: KinesisClientConfig = { region };
  if (endpoint !== undefined) config.endpoint = endpoint;
  return new KinesisClient(config);
}
