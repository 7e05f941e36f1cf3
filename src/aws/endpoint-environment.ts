import {
  createCloudWatchClient,
  createDynamoDBClient,
  createKinesisClient,
  createStsClient,
} from './clients.js';

/** What the SDK's resolved configuration has; its types name only what the SDK's own code needs. */
interface Config {
  useFipsEndpoint(): Promise<boolean>;
  useDualstackEndpoint(): Promise<boolean>;
  accountIdEndpointMode?(): Promise<string>;
  serviceConfiguredEndpoint?(): Promise<string | undefined>;
}

/**
 * The environment with what Node's SDK has found, in the environment and the profile, of the names to call: Java's SDK
 * then calls the same, also where it does not know a setting (AWS_IGNORE_CONFIGURED_ENDPOINT_URLS; SDK for Java 2.41).
 */
export async function withEndpointSettings(
  env: NodeJS.ProcessEnv,
  region: string,
): Promise<NodeJS.ProcessEnv> {
  const clients = {
    KINESIS: createKinesisClient({ region }),
    DYNAMODB: createDynamoDBClient({ region }),
    CLOUDWATCH: createCloudWatchClient({ region }),
    STS: createStsClient({ region }),
  };
  try {
    const ofTable = clients.DYNAMODB.config as unknown as Config;
    const settings: NodeJS.ProcessEnv = {
      AWS_USE_FIPS_ENDPOINT: String(await ofTable.useFipsEndpoint()),
      AWS_USE_DUALSTACK_ENDPOINT: String(await ofTable.useDualstackEndpoint()),
      AWS_ACCOUNT_ID_ENDPOINT_MODE: await ofTable.accountIdEndpointMode?.(),
    };
    const urls = await Promise.all(
      Object.entries(clients).map(async ([service, { config }]) => {
        const url = await (config as unknown as Config).serviceConfiguredEndpoint?.();
        return [`AWS_ENDPOINT_URL_${service}`, url || undefined] as const;
      }),
    );
    const ignored: string[] = urls.flatMap(([name, url]) => (url ? [] : [name]));
    // It is one of every service: a service without one shows that it is ignored.
    if (ignored.length > 0) ignored.push('AWS_ENDPOINT_URL');
    const all = { ...env, ...settings, ...Object.fromEntries(urls) };
    return Object.fromEntries(Object.entries(all).filter(([name]) => !ignored.includes(name)));
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}
