import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createServer, type Socket } from 'node:net';
import type { ProxySetting } from '../../src/aws/proxy.js';
import { ProxyAgent } from '../../src/aws/proxy-agent.js';
import { listen } from '../helpers/connect-proxy.js';

const closing: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0)) await one.stop();
});

/** A proxy that answers nothing by itself. */
async function silentProxy() {
  const server = createServer((socket) => void socket.on('error', () => {}).resume());
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const { port, stop } = await listen(server);
  closing.push({ stop });
  const setting: ProxySetting = { url: new URL(`http://127.0.0.1:${port}`), variable: 'HTTPS_PROXY' };
  return { setting, connected };
}

async function failureOf(url: string, agent: ProxyAgent): Promise<unknown> {
  const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, { agent });
  request.end();
  return (await once(request, 'error'))[0];
}

describe.each(['https://kinesis.test', 'http://kinesis.test'])('%s', (url) => {
  test('a proxy that does not answer in time is given up with its connection: a late answer harms nothing', async () => {
    const { setting, connected } = await silentProxy();

    expect(await failureOf(url, new ProxyAgent(setting, {}, 50))).toMatchObject({
      name: 'ConnectionError',
      message: expect.stringMatching(/HTTPS_PROXY names, does not answer$/),
    });

    const [socket] = await connected;
    const closed = socket.closed ? undefined : once(socket, 'close');
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    await closed;
  });
});
