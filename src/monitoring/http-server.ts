import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { EnvironmentError } from '../errors/errors.js';
import { hideSecrets } from '../errors/secrets.js';
import type { Logger } from '../log/logger.js';

const CLIENT_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 2_000;
export const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 8_192;

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What is answered, by path; without a query. */
export type Routes = Readonly<Record<string, () => Promise<Answer>>>;

export interface HttpAddress {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** Answers GET and HEAD on some paths. Every connection is closed after its answer: none outlasts a stop. */
export class HttpServer {
  readonly #server: Server;
  readonly #routes: ReadonlyMap<string, () => Promise<Answer>>;
  readonly #logger: Logger;
  /** Oldest first, as those of them that have not sent their request yet. */
  readonly #connections = new Set<Socket>();
  readonly #waiting = new Set<Socket>();

  private constructor(routes: Routes, logger: Logger, clientTimeoutMs: number) {
    this.#routes = new Map(Object.entries(routes));
    this.#logger = logger;
    this.#server = createServer(
      {
        headersTimeout: Math.min(HEADERS_TIMEOUT_MS, clientTimeoutMs),
        requestTimeout: clientTimeoutMs,
        connectionsCheckingInterval: 1_000,
        maxHeaderSize: MAX_HEADER_BYTES,
      },
      (request, response) => {
        this.#waiting.delete(request.socket);
        void this.#answer(request, response);
      },
    );
    this.#server.setTimeout(clientTimeoutMs);
    this.#server.on('connection', (socket) => this.#connected(socket));
  }

  /**
   * @param clientTimeoutMs how long a client may take to send its request (its head in 2 s at most), or to read the answer
   * @throws EnvironmentError if the address can't be listened on
   */
  static async listen(
    { host, port }: HttpAddress,
    routes: Routes,
    logger: Logger,
    clientTimeoutMs = CLIENT_TIMEOUT_MS,
  ): Promise<HttpServer> {
    const server = new HttpServer(routes, logger, clientTimeoutMs);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(host, port, cause)));
      server.#server.listen(port, host, resolve);
    });
    server.#server.removeAllListeners('error').on('error', (err) => {
      logger.warn({ err }, 'a connection to the HTTP server could not be taken');
    });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Not by the server's maxConnections: that refuses the new one, so that idle clients would keep a probe out. */
  #connected(socket: Socket): void {
    if (this.#connections.size >= MAX_CONNECTIONS) {
      const [oldest] = this.#waiting.size > 0 ? this.#waiting : this.#connections;
      if (oldest !== undefined) this.#forget(oldest.destroy());
    }
    this.#connections.add(socket);
    this.#waiting.add(socket);
    socket.once('close', () => this.#forget(socket));
  }

  #forget(socket: Socket): void {
    this.#connections.delete(socket);
    this.#waiting.delete(socket);
  }

  async #answer({ method, url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body: text } = await this.#respond(method, url);
    const body = hideSecrets(text);
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // The page is text and its own style; nothing that gets into it may run or load anything.
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
      connection: 'close',
      ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    });
    response.end(method === 'HEAD' ? undefined : body);
  }

  async #respond(method: string | undefined, url: string): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return plain(405, `${method} is not answered here; use GET`);
    const path = url.split('?', 1)[0] ?? '';
    const route = this.#routes.get(path);
    if (route === undefined) {
      return plain(404, `there is no such page; there are ${[...this.#routes.keys()].join(', ')}`);
    }
    try {
      return await route();
    } catch (err) {
      this.#logger.error({ err, path }, 'a page could not be made');
      return plain(500, 'the page could not be made; the log of the worker says why');
    }
  }
}

function plain(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` };
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): EnvironmentError {
  const reasons: Record<string, string> = {
    EADDRINUSE: 'another process has this port',
    EACCES: 'this user may not use this port',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'the name of the host is not known',
  };
  const reason = reasons[cause.code ?? ''] ?? cause.message;
  return new EnvironmentError(`can't listen on ${host} port ${port} for health and metrics: ${reason}`, {
    remedy:
      'Set httpPort (HTTP_PORT) to a free port, 0 for any, or httpHost (HTTP_HOST) to an address of this machine; or httpPort to none.',
    cause,
  });
}
