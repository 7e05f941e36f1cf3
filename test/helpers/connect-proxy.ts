import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';

/** What a proxy does when it is asked to connect: what it says, or the port of the loopback that it connects to. */
export type ProxyAnswer =
  | { connectTo: number }
  | { status: string; headers?: readonly string[] }
  | 'hang'
  | 'garbage'
  | 'close';

export interface ConnectProxy {
  readonly port: number;
  /** With user:password, if the proxy wants them. */
  readonly url: string;
  /** What it was asked to connect to, host:port, oldest first. */
  readonly asked: string[];
  /** The Proxy-Authorization of each, decoded; '' without. */
  readonly users: string[];
  /** Ends its connections; it can be asked again. */
  cut(): void;
  stop(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** Its answer to each host:port. */
  answer: (target: string) => ProxyAnswer;
  /** user:password, without which it answers 407. */
  user?: string;
}

/** A proxy on the loopback that knows CONNECT alone. */
export async function startConnectProxy({ answer, user }: ConnectProxyOptions): Promise<ConnectProxy> {
  const asked: string[] = [];
  const users: string[] = [];
  const server = createServer((_request, response) => response.writeHead(501).end());
  server.on('connect', (request, socket: Socket, head: Buffer) => {
    const target = request.url ?? '';
    const [, basic = ''] = /^Basic (.+)$/.exec(request.headers['proxy-authorization'] ?? '') ?? [];
    const given = Buffer.from(basic, 'base64').toString();
    asked.push(target);
    users.push(given);
    socket.on('error', () => {}); // the other side has gone
    const refused = user !== undefined && given !== user;
    const what: ProxyAnswer = refused
      ? { status: '407 Proxy Authentication Required', headers: ['Proxy-Authenticate: Basic realm="test"'] }
      : answer(target);
    if (what === 'hang') return;
    if (what === 'close') return void socket.destroy();
    if (what === 'garbage') return void socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n');
    if ('status' in what) {
      const lines = [`HTTP/1.1 ${what.status}`, ...(what.headers ?? []), 'Content-Length: 2'];
      return void socket.end(`${lines.join('\r\n')}\r\n\r\nno`);
    }
    const upstream = connect(what.connectTo, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });
  const { port, cut, stop } = await listen(server);
  const login = user === undefined ? '' : `${user.split(':').map(encodeURIComponent).join(':')}@`;
  return { port, url: `http://${login}127.0.0.1:${port}`, asked, users, cut, stop };
}

/** Listens on the loopback; `stop` ends its connections too. */
export async function listen(server: Server): Promise<{ port: number; cut(): void; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    async stop() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
