import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';

type Closing = { close(done: () => void): unknown; closeAllConnections?(): void };
const opened: Closing[] = [];

async function listen(server: Closing & { listen(port: number, host: string): unknown }): Promise<URL> {
  opened.push(server);
  server.listen(0, '127.0.0.1');
  await once(server as unknown as Server, 'listening');
  return new URL(`http://127.0.0.1:${((server as unknown as Server).address() as AddressInfo).port}`);
}

/** A server that answers like this; closed after the test. */
export const serve = (answer: RequestListener): Promise<URL> => listen(createServer(answer));

/** What does not speak HTTP; closed after the test. */
export const accept = (onSocket: (socket: Socket) => void): Promise<URL> =>
  listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      onSocket(socket);
      // Unread, the end of the other side would never be seen.
      socket.resume();
    }),
  );

/** Where nobody listens. The system gives port 1 to no other process, as it may one that was just closed. */
export const refusing = async (): Promise<URL> => new URL('http://127.0.0.1:1');

afterEach(async () => {
  for (const server of opened.splice(0)) {
    server.closeAllConnections?.();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});
