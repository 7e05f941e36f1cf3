import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { untrustedCertificate } from '../aws/connection-error.js';
import { parseAwsHost } from '../aws/partition.js';
import { type ProxySetting, proxyFor } from '../aws/proxy.js';
import { ProxyAgent } from '../aws/proxy-agent.js';

type Instructions = Parameters<typeof getEndpointFromInstructions>;

/** An answer, whatever it says. */
export interface Knock {
  /** By the server's clock, if it tells. */
  readonly date: Date | undefined;
  /** By the own clock, halfway between question and answer. */
  readonly at: number;
  /** That it came by. */
  readonly proxy: ProxySetting | undefined;
}

/** Parts that the name of an endpoint may have, and can do without. */
export interface NameParts {
  readonly account: boolean;
  readonly fips: boolean;
  readonly dualStack: boolean;
}

/** What of a client's configuration is looked at here. */
interface ClientConfig {
  readonly credentials?: () => Promise<{ readonly accountId?: string }>;
}

/**
 * Where an SDK's client makes a call, found out as it does: by its options, the environment, the profile, the region, the
 * account of its credentials and that of the ARN in the input.
 *
 * @param parts what the name may have of what the client would give it; everything unless given
 */
export async function endpointOf(
  client: { readonly config: unknown },
  command: { getEndpointParameterInstructions(): Record<string, unknown> },
  input: object = {},
  { account = true, fips = true, dualStack = true }: Partial<NameParts> = {},
): Promise<URL> {
  const config = client.config as ClientConfig;
  const { AccountId, ...parameters } = command.getEndpointParameterInstructions();
  if (AccountId !== undefined && account) {
    // Without credentials the general name is as good: the network is the same.
    const found = await config.credentials?.().catch(() => undefined);
    parameters.AccountId = { type: 'staticContextParams', name: 'AccountId', value: found?.accountId };
  }
  const { url } = await getEndpointFromInstructions(
    (account ? input : {}) as Instructions[0],
    { getEndpointParameterInstructions: () => parameters } as Instructions[1],
    // A copy, as the SDK makes one: an endpoint that is configured is noted in it.
    {
      ...config,
      ...(!account && { accountIdEndpointMode: async () => 'disabled' }),
      ...(!fips && { useFipsEndpoint: async () => false }),
      ...(!dualStack && { useDualstackEndpoint: async () => false }),
    } as unknown as Instructions[2],
  );
  return url;
}

/** Whatever AWS answers has the id of the request. */
const isOfFilter = ({ hostname }: URL, { statusCode, headers }: IncomingMessage) =>
  statusCode === 403 && headers['x-amzn-requestid'] === undefined && parseAwsHost(hostname) !== undefined;

const filtered = () =>
  Object.assign(new Error('is the answer of something between, such as an egress filter, and not of AWS'), {
    code: 'HTTP 403',
  });

/**
 * Asks for the page at the root, unsigned, the way that the clients' calls take. What AWS answers is of no interest.
 *
 * @throws EnvironmentError if a variable that names a proxy holds something else
 */
export async function knock(url: URL, signal: AbortSignal): Promise<Knock> {
  const proxy = proxyFor(url);
  const agent = proxy === undefined ? false : new ProxyAgent(proxy);
  const asked = Date.now();
  return await new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
    // A connection of its own, that is closed again.
    const request = ask(url, { agent, signal }, (response) => {
      response.destroy();
      if (isOfFilter(url, response)) return reject(filtered());
      const date = new Date(response.headers.date ?? '');
      resolve({
        date: Number.isNaN(date.getTime()) ? undefined : date,
        at: (asked + Date.now()) / 2,
        proxy,
      });
    });
    request.once('error', (error) => reject(untrustedCertificate(error, url.host) ?? error));
    request.end();
  });
}
