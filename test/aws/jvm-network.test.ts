import { jvmProxyProperties } from '../../src/aws/jvm-network.js';
import { withProxies } from '../helpers/environment.js';

const properties = (env: Record<string, string>, endpoints: (string | undefined)[] = []) =>
  withProxies(env, () => jvmProxyProperties(endpoints));
const HTTPS_PROXY = 'http://proxy.corp:3128';
const NEVER = 'localhost|*.localhost|127.*|169.254.*|.::1.|.fd00:ec2::254.|.fd00:ec2::23.';

test('without a proxy nothing is set', async () => {
  expect(await properties({ NO_PROXY: '*' })).toEqual({});
});

test('host, port, user and password as they are meant, and what is never asked by the proxy', async () => {
  expect(await properties({ HTTPS_PROXY: 'http://me:p%40ss%3A@proxy.corp' })).toEqual({
    'http.proxyHost': 'proxy.corp',
    'http.proxyPort': '80',
    'http.proxyUser': 'me',
    'http.proxyPassword': 'p@ss:',
    'http.nonProxyHosts': NEVER,
    'crossaccountkcl.proxy': 'proxy.corp:80, which HTTPS_PROXY names',
  });
});

test('NO_PROXY, and endpoints that are called directly, are named in the form of Java', async () => {
  const found = await properties({ HTTPS_PROXY, no_proxy: '.amazonaws.com lab:1' }, [
    'http://lab:4566',
    undefined,
    'https://dynamodb.example.com',
  ]);
  expect(found['http.nonProxyHosts']).toBe(`${NEVER}|*.amazonaws.com|lab`);
});

test.each<Record<string, string>>([{ HTTPS_PROXY, NO_PROXY: '*' }, { HTTP_PROXY: HTTPS_PROXY }])(
  '%j: Java takes the direct way, also past the variables',
  async (env) => {
    expect(await properties(env)).toEqual({ 'http.nonProxyHosts': '*' });
  },
);

test('an endpoint of http is called by HTTP_PROXY', async () => {
  const found = await properties({ HTTP_PROXY: HTTPS_PROXY }, ['http://lab:4566']);
  expect(found['http.proxyHost']).toBe('proxy.corp');
});

test.each<[Record<string, string>, string[], RegExp]>([
  [{ HTTPS_PROXY: 'https://proxy' }, [], /proxy:443, which HTTPS_PROXY names: .* without TLS only/],
  [{ HTTPS_PROXY: 'http://me:@proxy' }, [], /a user and a password only together/],
  [
    { HTTPS_PROXY, HTTP_PROXY: 'http://other:1' },
    ['http://lab:4566'],
    /two proxies: proxy.corp:3128.*other:1/,
  ],
])('%j can not be used by KCL, which is said', async (env, endpoints, message) => {
  await expect(properties(env, endpoints)).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/^Set /),
  });
});
