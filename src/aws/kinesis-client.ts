import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';

export interface ClientOptions {
  region: string;
  /** Another endpoint than AWS's, such as an emulator's. */
  endpoint?: string | undefined;
}

/**
 * A Kinesis client with the default credential chain, as the launcher has with DefaultCredentialsProvider. It speaks
 * HTTP/1.1, which every proxy and emulator knows; the few calls that are made here gain nothing from HTTP/2.
 */
export function createKinesisClient({ region, endpoint }: ClientOptions): KinesisClient {
  const config: KinesisClientConfig = { region, requestHandler: new NodeHttpHandler() };
  if (endpoint !== undefined) config.endpoint = endpoint;
  return new KinesisClient(config);
}
