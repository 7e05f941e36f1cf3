import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { untrustedCertificate } from './connection-error.js';
import { checkProxyVariables, type ProxySetting, proxyFor } from './proxy.js';
import { ProxyAgent } from './proxy-agent.js';

/** As many connections at once as the SDK's own handler has. */
const AGENT_OPTIONS = { keepAlive: true, maxSockets: 50 };

type Handling = ReturnType<NodeHttpHandler['handle']>;

/**
 * What every client sends its requests by: straight, or by the proxy that the environment names for their URL
 * (docs/proxy.md). It speaks HTTP/1.1, which every proxy and emulator knows.
 *
 * @throws EnvironmentError (also the constructor) if a variable that names a proxy holds something else
 */
export class RequestHandler extends NodeHttpHandler {
  readonly #options: NodeHttpHandlerOptions;
  /** By the proxies' URLs. */
  readonly #proxied = new Map<string, NodeHttpHandler>();

  constructor(options: NodeHttpHandlerOptions = {}) {
    super(options);
    checkProxyVariables();
    this.#options = options;
  }

  override async handle(...[request, ...rest]: Parameters<NodeHttpHandler['handle']>): Handling {
    const { protocol, hostname, port } = request;
    const proxy = proxyFor(new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`));
    try {
      if (proxy === undefined) return await super.handle(request, ...rest);
      return await this.#handlerOf(proxy).handle(request, ...rest);
    } catch (error) {
      throw untrustedCertificate(error, hostname) ?? error;
    }
  }

  override destroy(): void {
    super.destroy();
    for (const handler of this.#proxied.values()) handler.destroy();
    this.#proxied.clear();
  }

  #handlerOf(proxy: ProxySetting): NodeHttpHandler {
    const known = this.#proxied.get(proxy.url.href);
    if (known) return known;
    const agent = new ProxyAgent(proxy, AGENT_OPTIONS);
    // The types want an Agent of node:https; like the library's own, it serves both.
    const handler = new NodeHttpHandler({
      ...this.#options,
      httpAgent: agent,
      httpsAgent: agent as unknown as NonNullable<NodeHttpHandlerOptions['httpsAgent']> & object,
    });
    this.#proxied.set(proxy.url.href, handler);
    return handler;
  }
}
