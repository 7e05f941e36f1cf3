import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { explainCall } from '../../src/aws/call-error.js';
import { createKinesisClient } from '../../src/aws/clients.js';
import { createCredentialChain } from '../../src/aws/credential-chain.js';
import { knock } from '../../src/preflight/endpoint.js';
import { type ConnectProxy, listen, type ProxyAnswer, startConnectProxy } from '../helpers/connect-proxy.js';
import { withProxies } from '../helpers/environment.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { testThoroughly } from '../helpers/thorough.js';
import { makeCertificate, startTlsFront } from '../helpers/tls-front.js';

/** Of a host that only the proxy knows. */
const HOST = 'kinesis.proxy-only.invalid';
const KEYS = { AWS_ACCESS_KEY_ID: '111111111111', AWS_SECRET_ACCESS_KEY: 'lab' };
const SUBJECT = {
  failure: 'no',
  service: 'Kinesis',
  action: '',
  allowedBy: '',
  endpointKey: '',
  missing: { reason: '', remedy: '' },
} as const;
const home = temporaryFolder();
const closing: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0)) await one.stop();
});

async function proxyThat(answer: (target: string) => ProxyAnswer, user?: string): Promise<ConnectProxy> {
  const proxy = await startConnectProxy({ answer, ...(user && { user }) });
  closing.push(proxy);
  return proxy;
}

async function kinesis(): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const server = createServer((_request, response) =>
    response.end(JSON.stringify({ StreamNames: ['orders'], HasMoreStreams: false })),
  );
  server.on('connection', () => {
    connections += 1;
  });
  const listening = await listen(server);
  closing.push(listening);
  return { port: listening.port, connections: () => connections };
}

/** Calls Kinesis with these variables; what it says, or how the failure is explained. */
async function call(env: Record<string, string>, endpoint = `http://${HOST}:4567`, times = 1) {
  return await withProxies({ ...KEYS, ...env }, async () => {
    const client = createKinesisClient({ region: 'us-east-1', endpoint });
    try {
      for (let left = times; left > 1; left -= 1) await client.send(new ListStreamsCommand({}));
      return (await client.send(new ListStreamsCommand({}))).StreamNames;
    } catch (error) {
      const subject = {
        failure: 'no',
        service: 'Kinesis',
        action: '',
        allowedBy: '',
        endpointKey: '',
      } as const;
      const { message, remedy } = explainCall(error, { ...subject, missing: { reason: '', remedy: '' } });
      return { message, remedy };
    } finally {
      client.destroy();
    }
  });
}

test('the calls of a client go by the proxy, over one connection', async () => {
  const { port, connections } = await kinesis();
  const proxy = await proxyThat(() => ({ connectTo: port }));

  expect(await call({ HTTP_PROXY: proxy.url }, undefined, 3)).toEqual(['orders']);

  expect(proxy.asked).toEqual([`${HOST}:4567`]);
  expect(connections()).toBe(1);
});

test('a password is given as it is meant', async () => {
  const { port } = await kinesis();
  const proxy = await proxyThat(() => ({ connectTo: port }), 'me:p@ss %41');

  expect(await call({ HTTP_PROXY: proxy.url })).toEqual(['orders']);
  expect(proxy.users).toEqual(['me:p@ss %41']);
});

test('what is on this machine is called directly', async () => {
  const { port } = await kinesis();
  const proxy = await proxyThat(() => 'close');

  expect(await call({ HTTP_PROXY: proxy.url, ALL_PROXY: proxy.url }, `http://127.0.0.1:${port}`)).toEqual([
    'orders',
  ]);
  expect(proxy.asked).toEqual([]);
});

describe('a proxy that does not connect is named, with the variable and what to do', () => {
  test.each<[string, ProxyAnswer, RegExp, RegExp]>([
    [
      'refuses',
      { status: '403 Forbidden' },
      /refuses to connect to kinesis.*:4567 \(HTTP 403 Forbidden\)$/,
      /allow CONNECT/,
    ],
    [
      "can't",
      { status: '502 Bad Gateway' },
      /can't connect to kinesis.*:4567 \(HTTP 502 Bad Gateway\)$/,
      /its DNS/,
    ],
    ['answers garbage', 'garbage', /does not answer with HTTP$/, /at that port/],
    ['closes', 'close', /(does not answer as a proxy does|can't be reached): /, /HTTP_PROXY/],
    [
      'wants a password',
      { status: '407 Proxy Authentication Required' },
      /asks for a user and a password \(HTTP 407/,
      /HTTP_PROXY, before the host as user:password@;/,
    ],
  ])('one that %s', async (_what, answer, message, remedy) => {
    const proxy = await proxyThat(() => answer);
    const said = await call({ HTTP_PROXY: proxy.url });
    expect(said).toEqual({
      message: expect.stringContaining(`no: the proxy 127.0.0.1:${proxy.port}, which HTTP_PROXY names, `),
      remedy: expect.stringMatching(remedy),
    });
    expect(said).toMatchObject({ message: expect.stringMatching(message) });
  });

  test('a wrong password, which is not shown', async () => {
    const proxy = await proxyThat(() => 'close', 'me:right-one');
    const wrong = proxy.url.replace('right-one', 'wrong-one');
    const said = await call({ HTTP_PROXY: wrong });
    expect(said).toEqual({
      message: expect.stringContaining('does not accept the user and the password of HTTP_PROXY (HTTP 407'),
      remedy: expect.stringContaining('Correct them in HTTP_PROXY'),
    });
    expect(JSON.stringify(said)).not.toContain('wrong-one');
  });

  test('one that is down', async () => {
    // Port 1: the system may give one that was just closed to another process.
    expect(await call({ HTTP_PROXY: 'http://127.0.0.1:1' })).toMatchObject({
      message: expect.stringMatching(/can't be reached: .*ECONNREFUSED/),
    });
  });

  testThoroughly(
    'one that says nothing',
    async () => {
      const proxy = await proxyThat(() => 'hang');
      expect(await call({ HTTP_PROXY: proxy.url })).toEqual({
        message: `no: the proxy 127.0.0.1:${proxy.port}, which HTTP_PROXY names, does not answer`,
        remedy: expect.stringContaining('HTTP_PROXY'),
      });
    },
    120_000,
  );

  test('one that is called with TLS and has a certificate that is not trusted', async () => {
    const front = await startTlsFront(await makeCertificate(home(), ['proxy.test']), () => 1);
    closing.push(front);
    expect(await call({ HTTP_PROXY: `https://127.0.0.1:${front.port}` })).toEqual({
      message: expect.stringContaining(
        `the certificate of the proxy 127.0.0.1:${front.port}, which HTTP_PROXY names, is signed by an authority that is not trusted`,
      ),
      remedy: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });

  test('a value that is no URL', async () => {
    await expect(call({ HTTP_PROXY: 'socks5://x:1' })).rejects.toThrow(
      'HTTP_PROXY does not hold the URL of a proxy',
    );
  });
});

describe('the clients inside the credential chain go by it too', () => {
  test.each([
    ['sts.us-east-1.amazonaws.com:443', 'role_arn = arn:aws:iam::111111111111:role/r\nsource_profile = keys'],
    [
      'portal.sso.us-east-1.amazonaws.com:443',
      'sso_session = s\nsso_account_id = 111111111111\nsso_role_name = r',
    ],
  ])('%s', async (target, profile) => {
    const proxy = await proxyThat(() => ({ status: '403 Forbidden' }));
    const folder = home();
    const token = createHash('sha1').update('s').digest('hex');
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    mkdirSync(join(folder, '.aws', 'sso', 'cache'), { recursive: true });
    writeFileSync(
      join(folder, '.aws', 'sso', 'cache', `${token}.json`),
      JSON.stringify({ accessToken: 'access-token', expiresAt, region: 'us-east-1' }),
    );
    const config = join(folder, '.aws', 'config');
    writeFileSync(
      config,
      `[profile p]\nregion = us-east-1\n${profile}\n` +
        '[profile keys]\naws_access_key_id = AKIA\naws_secret_access_key = x\n' +
        '[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x.awsapps.com/start\n',
    );
    const env = { HOME: folder, AWS_PROFILE: 'p', AWS_CONFIG_FILE: config, HTTPS_PROXY: proxy.url };
    await withProxies(env, async () => {
      delete process.env.AWS_ACCESS_KEY_ID;
      const error = await createCredentialChain()().catch((thrown: unknown) => thrown);
      expect(explainCall(error, SUBJECT).message).toContain(
        `the proxy 127.0.0.1:${proxy.port}, which HTTPS_PROXY names, refuses to connect to ${target}`,
      );
    });
    expect(proxy.asked).toContain(target);
  });
});

test('the look at an endpoint takes the same way', async () => {
  const { port } = await kinesis();
  const proxy = await proxyThat(() => ({ connectTo: port }));
  const url = new URL(`http://${HOST}:4567`);
  const answer = await withProxies({ HTTP_PROXY: proxy.url }, () => knock(url, AbortSignal.timeout(8_000)));
  expect(answer.proxy?.variable).toBe('HTTP_PROXY');
  expect(proxy.asked).toEqual([`${HOST}:4567`]);
});
