import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpServer, MAX_CONNECTIONS, type Routes } from '../../src/monitoring/http-server.js';
import { memoryLog } from '../helpers/memory-log.js';

const HOST = '127.0.0.1';
const NEVER_MS = 1e9;
const ROUTES: Routes = {
  '/': async () => ({ status: 200, type: 'text/html; charset=utf-8', body: '<p>hé</p>' }),
  '/broken': async () => {
    throw new Error('it is broken');
  },
};
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function listening(routes = ROUTES, clientTimeoutMs?: number) {
  const log = memoryLog();
  const server = await HttpServer.listen({ host: HOST, port: 0 }, routes, log.logger, clientTimeoutMs);
  cleanUps.push(() => server.close());
  const ask = (path: string, method = 'GET') => fetch(`http://${HOST}:${server.port}${path}`, { method });
  return { server, log, ask };
}

/** A connection, and what it has got when the server has ended it. */
async function connected(port: number): Promise<{ socket: Socket; ended: Promise<string> }> {
  const socket = connect(port, HOST);
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  socket.on('error', () => {});
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  await once(socket, 'connect');
  cleanUps.push(() => socket.destroy());
  return { socket, ended };
}

test('a page is answered with its type, its length, and without anything that may run or be kept', async () => {
  const { ask } = await listening();

  const response = await ask('/?x=1');

  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-length': '10',
    'cache-control': 'no-store',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
    connection: 'close',
  });
  expect(await response.text()).toBe('<p>hé</p>');
});

test('HEAD has the same head, and no body', async () => {
  const { ask } = await listening();

  const response = await ask('/', 'HEAD');

  expect(response.headers.get('content-length')).toBe('10');
  expect(await response.text()).toBe('');
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is refused with what is allowed', async (method) => {
  const { ask } = await listening();

  const response = await ask('/', method);

  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD');
  expect(await response.text()).toBe(`${method} is not answered here; use GET\n`);
});

test.each(['/nothing', '/toString', '/__proto__', '//', '/%2e%2e/etc/passwd'])(
  '%s is not there',
  async (path) => {
    const { ask } = await listening();

    const response = await ask(path);

    expect(response.status).toBe(404);
    expect(await response.text()).toBe('there is no such page; there are /, /broken\n');
  },
);

test('a page that fails says so, and the log has the reason; the next is answered', async () => {
  const { ask, log } = await listening();

  expect((await ask('/broken')).status).toBe(500);
  expect(log.lines).toMatchObject([
    { msg: 'a page could not be made', path: '/broken', err: { message: 'it is broken' } },
  ]);
  expect((await ask('/')).status).toBe(200);
});

test.each([
  ['what is no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
  [
    'a head that is too large',
    `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    /^HTTP\/1\.1 431 /,
  ],
])('%s is refused and ends nothing else', async (_what, text, status) => {
  const { server, ask } = await listening();
  const { socket, ended } = await connected(server.port);

  socket.write(text);

  expect(await ended).toMatch(status);
  expect((await ask('/')).status).toBe(200);
});

test('a client that says nothing is let go', async () => {
  const { server } = await listening(ROUTES, 300);
  const { ended } = await connected(server.port);

  expect(await ended).toBe('');
});

test('a client has less time for the head of its request than for the whole, and is told so', async () => {
  const { server } = await listening();
  const { socket, ended } = await connected(server.port);
  const drops = setInterval(() => socket.write('x'), 200);
  socket.write('GET / HTTP/1.1\r\nx-');

  // The rest of what a client may take is 10 s.
  const first = await Promise.race([ended, sleep(7_000, 'still there')]);
  clearInterval(drops);
  expect(first).toMatch(/^HTTP\/1\.1 408 /);
});

test('a client that sends its request drop by drop is let go', async () => {
  const { server } = await listening(ROUTES, 300);
  const { socket, ended } = await connected(server.port);
  const drops = setInterval(() => socket.write('x'), 20);
  socket.write('GET / HTTP/1.1\r\nx-');

  expect(await ended.finally(() => clearInterval(drops))).toMatch(/^(HTTP\/1\.1 408 |$)/);
});

test('a client that does not read its answer is let go', async () => {
  const body = 'x'.repeat(32 * 1024 * 1024); // more than the system's buffers hold
  let isAsked = false;
  const page = async () => {
    isAsked = true;
    return { status: 200, type: 'text/plain', body };
  };
  const { server } = await listening({ '/': page }, 300);
  const { socket, ended } = await connected(server.port);
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  while (!isAsked) await sleep(20);
  await sleep(3_000); // in the server's process: its timers come before
  socket.resume();

  expect((await ended).length).toBeLessThan(body.length);
});

describe('at the limit of connections', () => {
  const requested = 'GET /slow HTTP/1.1\r\nhost: x\r\n\r\n';

  async function slow() {
    let finish = () => {};
    const end = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let asked = 0;
    const { server, ask } = await listening(
      {
        ...ROUTES,
        '/slow': async () => {
          asked++;
          await end;
          return { status: 200, type: 'text/plain', body: 'slow' };
        },
      },
      NEVER_MS,
    );
    const untilAsked = async (times: number) => {
      while (asked < times) await sleep(5);
    };
    return { server, ask, finish: () => finish(), untilAsked };
  }

  test('idle clients keep nobody out: the one that is there longest is let go', async () => {
    const { server, ask } = await slow();
    const idle = [];
    for (let count = 0; count < MAX_CONNECTIONS; count++) idle.push(await connected(server.port));

    expect((await ask('/')).status).toBe(200);
    expect(await idle[0]?.ended).toBe('');
    // The others are still there.
    idle[1]?.socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(await idle[1]?.ended).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('a request that is being answered stays, though it is older', async () => {
    const { server, ask, finish, untilAsked } = await slow();
    const first = await connected(server.port);
    first.socket.write(requested);
    await untilAsked(1);
    const idle = [];
    for (let count = 1; count < MAX_CONNECTIONS; count++) idle.push(await connected(server.port));

    expect((await ask('/')).status).toBe(200);
    expect(await idle[0]?.ended).toBe('');
    finish();
    expect(await first.ended).toMatch(/slow$/);
  });

  test('where all are being answered, the oldest is let go', async () => {
    const { server, ask, untilAsked } = await slow();
    const asking = [];
    for (let count = 1; count <= MAX_CONNECTIONS; count++) {
      const one = await connected(server.port);
      one.socket.write(requested);
      asking.push(one);
    }
    await untilAsked(MAX_CONNECTIONS);

    expect((await ask('/')).status).toBe(200);
    expect(await asking[0]?.ended).toBe('');
  });
});

test('closing ends connections too: nothing outlasts a stop', async () => {
  const { server } = await listening({ '/': () => new Promise(() => {}) }, NEVER_MS);
  const idle = await connected(server.port);
  const waiting = await connected(server.port);
  waiting.socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');

  server.close();

  expect(await idle.ended).toBe('');
  expect(await waiting.ended).toBe('');
});

test('a port that is taken is an error of the environment that says what to do', async () => {
  const other = createServer().listen(0, HOST);
  await once(other, 'listening');
  cleanUps.push(() => other.close());
  const { port } = other.address() as AddressInfo;

  await expect(HttpServer.listen({ host: HOST, port }, ROUTES, memoryLog().logger)).rejects.toMatchObject({
    code: 'XAK_ENVIRONMENT',
    exitCode: 2,
    message: `can't listen on ${HOST} port ${port} for health and metrics: another process has this port`,
    remedy: expect.stringContaining('HTTP_PORT'),
  });
});

test('an address of another machine is refused', async () => {
  await expect(
    HttpServer.listen({ host: '192.0.2.1', port: 0 }, ROUTES, memoryLog().logger),
  ).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('this machine has no such address'),
  });
});
