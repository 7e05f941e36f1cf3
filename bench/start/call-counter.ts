import { once } from 'node:events';
import { Agent, createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CallCounter {
  readonly endpoint: string;
  /** So far, by operation. */
  readonly calls: Readonly<Record<string, number>>;
  stop(): void;
}

/** Passes everything on to an AWS endpoint without TLS, and counts it. */
export async function startCallCounter(upstream: string): Promise<CallCounter> {
  const { hostname, port } = new URL(upstream);
  const agent = new Agent({ keepAlive: true });
  const calls: Record<string, number> = {};
  const server = createServer((request, response) => {
    const operation =
      String(request.headers['x-amz-target'] ?? '')
        .split('.')
        .at(-1) || 'unknown';
    calls[operation] = (calls[operation] ?? 0) + 1;
    const { method, url, headers } = request;
    const passed = send({ hostname, port, agent, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    // The client takes it for a connection that broke, and tries again.
    passed.on('error', () => response.destroy());
    response.on('close', () => passed.destroy());
    request.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    stop() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}
