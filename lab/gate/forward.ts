import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { asAccount } from './authorization.js';
import type { Answer, Request } from './wire.js';

/** Only of one connection, or made anew. HTTP/2 forbids them. */
const OF_CONNECTION = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host', 'content-length'];

/** An emulator, called over HTTP/1.1 whatever the client speaks: kinesis-local breaks large HTTP/2 requests. */
export class Upstream {
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(endpoint: string) {
    this.#url = new URL(endpoint);
  }

  /** The call as it came, but by the account's name; its answer may have no end, as that of SubscribeToShard. */
  open({ path, headers, body }: Request, account: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        {
          host: this.#url.hostname,
          port: this.#url.port,
          agent: this.#agent,
          method: 'POST',
          path,
          headers: { ...plainHeaders(asAccount(headers, account)), 'content-length': body.length },
        },
        resolve,
      );
      request.once('error', reject);
      request.end(body);
    });
  }

  async call(request: Request, account: string): Promise<Answer & { body: Buffer }> {
    const response = await this.open(request, account);
    const body = await bufferOf(response);
    return { status: response.statusCode ?? 500, headers: plainHeaders(response.headers), body };
  }

  close(): void {
    this.#agent.destroy();
  }
}

export async function bufferOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Without those of the connection, and those of HTTP/2 that begin with a colon. */
export function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith(':') && !OF_CONNECTION.includes(name))
      .map(([name, value]) => [name, String(value)]),
  );
}
