import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { untrustedCertificate } from '../aws/connection-error.js';
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

/** Where an SDK's client makes a call, found out as it does: by its options, the environment, the profile and the region. */
export async function endpointOf(
  client: { readonly config: unknown },
  command: { getEndpointParameterInstructions(): Record<string, unknown> },
  input: object = {},
): Promise<URL> {
  // The caller's account may be part of the name; to learn it takes credentials, and the network is the same.
  const { AccountId: _, ...parameters } = command.getEndpointParameterInstructions();
  const { url } = await getEndpointFromInstructions(
    input as Instructions[0],
    { getEndpointParameterInstructions: () => parameters } as Instructions[1],
    client.config as Instructions[2],
  );
  return url;
}

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
