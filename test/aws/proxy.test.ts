import { checkProxyVariables, describeProxy, noProxyHosts, proxyFor } from '../../src/aws/proxy.js';
import { withProxies } from '../helpers/environment.js';

const KINESIS = 'https://kinesis.us-east-1.amazonaws.com/';
const HTTPS_PROXY = 'http://proxy:3128';
const hrefFor = (url: string, env: Record<string, string>) =>
  withProxies(env, () => proxyFor(new URL(url))?.url.href);

describe('which variable names the proxy', () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    [KINESIS, {}, undefined],
    [KINESIS, { HTTPS_PROXY: 'http://a:1' }, 'http://a:1/'],
    [KINESIS, { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:1' }, 'http://a:1/'],
    [KINESIS, { HTTP_PROXY: 'http://a:1' }, undefined],
    [KINESIS, { ALL_PROXY: 'http://a:1' }, 'http://a:1/'],
    [KINESIS, { all_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:1' }, 'http://b:1/'],
    [KINESIS, { HTTPS_PROXY: ' ' }, undefined],
    [KINESIS, { HTTPS_PROXY: 'proxy:3128' }, 'http://proxy:3128/'],
    [KINESIS, { HTTPS_PROXY: 'user:p%40ss@proxy:3128' }, 'http://user:p%40ss@proxy:3128/'],
    [KINESIS, { HTTPS_PROXY: 'https://proxy' }, 'https://proxy/'],
    [KINESIS, { HTTPS_PROXY: 'http://[fd00::1]:3128' }, 'http://[fd00::1]:3128/'],
    ['http://lab:4566', { HTTP_PROXY: 'http://a:1' }, 'http://a:1/'],
    ['http://lab:4566', { HTTPS_PROXY: 'http://a:1' }, undefined],
  ])('%s with %j: %s', async (url, env, expected) => {
    expect(await hrefFor(url, env)).toBe(expected);
  });
});

describe('NO_PROXY', () => {
  test.each<[string, boolean]>([
    ['*', true],
    ['kinesis.us-east-1.amazonaws.com', true],
    ['KINESIS.us-east-1.amazonaws.com', true],
    ['.amazonaws.com', true],
    ['*.amazonaws.com', true],
    ['a.example, .amazonaws.com', true],
    ['a.example .amazonaws.com', true],
    ['.amazonaws.com:443', true],
    ['.amazonaws.com:8443', false],
    ['amazonaws.com', false],
    ['example.com,,', false],
    ['52.0.0.0/8', false],
    ['kinesis.*.amazonaws.com', false],
    ['*.amazonaws.*', false],
    ['kinesis.*', false],
    ['*kinesis.us-east-1.amazonaws.com', true],
    ['a.example,*', true],
  ])('%s: directly, in Node and in Java: %s', async (NO_PROXY, direct) => {
    await withProxies({ HTTPS_PROXY, NO_PROXY }, () => {
      expect(proxyFor(new URL(KINESIS)) === undefined).toBe(direct);
      // As the SDK for Java matches them.
      const patterns = noProxyHosts().map((host) => new RegExp(`^${host.replaceAll('*', '.*?')}$`));
      expect(patterns.some((pattern) => pattern.test('kinesis.us-east-1.amazonaws.com'))).toBe(direct);
    });
  });
});

test.each([
  'http://localhost:4566',
  'https://LOCALHOST',
  'http://lab.localhost',
  'http://127.0.0.1:4566',
  'http://127.8.9.1',
  'https://[::1]:1',
  'http://[::ffff:127.0.0.1]',
  'http://169.254.169.254/latest',
  'http://169.254.170.2',
  'http://169.254.170.23',
  'http://[fd00:ec2::254]',
  'https://[fd00:ec2::23]',
])('%s never goes by a proxy', async (url) => {
  expect(
    await hrefFor(url, { HTTPS_PROXY, HTTP_PROXY: HTTPS_PROXY, ALL_PROXY: HTTPS_PROXY }),
  ).toBeUndefined();
});

test.each(['http://169.255.1.1', 'http://128.0.0.1', 'https://localhost.example.com', 'http://[::2]'])(
  '%s does',
  async (url) => {
    expect(await hrefFor(url, { HTTPS_PROXY, HTTP_PROXY: HTTPS_PROXY })).toBe('http://proxy:3128/');
  },
);

test.each([
  'socks5://proxy:1080',
  'http://',
  'http://user:secretsecret#@proxy:3128',
  'http://user:secret/secret@proxy:3128',
  'http://user:secret%secret@proxy:3128',
  'http://proxy:99999',
  'http://proxy:3128/path',
  'not a proxy',
])("'%s' is refused, naming the variable and not the value", async (https_proxy) => {
  await withProxies({ https_proxy }, () => {
    expect(checkProxyVariables).toThrow(
      expect.objectContaining({
        name: 'EnvironmentError',
        message:
          'https_proxy does not hold the URL of a proxy: expected http://host:port; user:password@ may stand before the host',
        remedy: expect.stringContaining('%40'),
      }),
    );
  });
});

test('it is described by host and port, and not by its password', async () => {
  await withProxies({ HTTPS_PROXY: 'http://user:secret@proxy' }, () => {
    const proxy = proxyFor(new URL(KINESIS));
    expect(proxy && describeProxy(proxy)).toBe('proxy:80, which HTTPS_PROXY names');
  });
});
