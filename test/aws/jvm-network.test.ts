import { jvmProxyProperties } from '../../src/aws/jvm-network.js';
import { withProxies } from '../helpers/environment.js';

const properties = (env: Record<string, string>, endpoints: (string | undefined)[] = []) =>
  withProxies(env, () => jvmProxyProperties(endpoints, process.env));
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

/** As the SDK for Java reads it. */
const goesByProxy = (host: string, { 'http.nonProxyHosts': patterns = '' }: Record<string, string>) =>
  !patterns
    .split('|')
    .some((text) => new RegExp(`^${text.toLowerCase().replaceAll('*', '.*?')}$`).test(host));

test('an endpoint of http is called by HTTP_PROXY, and nothing else is', async () => {
  const found = await properties({ HTTP_PROXY: HTTPS_PROXY }, ['http://lab:4566', 'http://kinesis.test']);
  expect(found['http.proxyHost']).toBe('proxy.corp');
  const hosts = ['lab', 'kinesis.test', 'kinesis-test', 'a.kinesis.test', 'lab.example', 'sts.amazonaws.com'];
  expect(hosts.filter((host) => goesByProxy(host, found))).toEqual(['lab', 'kinesis.test']);
});

test.each([
  ['lab.corp:443', 'https://lab.corp:8443', true],
  ['.corp:443', 'https://lab.corp:8443', true],
  ['[fd00::1]:443', 'https://[fd00::1]:8443', true],
  ['lab.corp:443', 'https://lab.corp', false],
  ['lab.corp:8443', 'https://lab.corp:8443', false],
  ['lab.corp', 'https://lab.corp:8443', false],
])('NO_PROXY=%s and the endpoint %s, by the proxy: %s', async (NO_PROXY, endpoint, expected) => {
  const found = await properties({ HTTPS_PROXY, NO_PROXY }, [endpoint]);
  expect(goesByProxy(new URL(endpoint).hostname, found)).toBe(expected);
  expect(goesByProxy('kinesis.us-east-1.amazonaws.com', found)).toBe(true);
});

test.each(['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS'])(
  'the proxy that %s gives the JVM replaces one that KCL can not use',
  async (name) => {
    const env = {
      HTTPS_PROXY: 'https://me@proxy',
      [name]: '-Xmx1g -Dhttp.proxyHost=other -Dhttp.proxyPort=1',
    };
    expect(await properties(env)).toEqual({});
  },
);

test.each<[Record<string, string>, string[], RegExp]>([
  [{ HTTPS_PROXY: 'https://proxy' }, [], /proxy:443, which HTTPS_PROXY names: .* without TLS only/],
  [{ HTTPS_PROXY: 'http://me:@proxy' }, [], /a user and a password only together/],
  [
    { HTTPS_PROXY, HTTP_PROXY: 'http://other:1' },
    ['http://lab:4566'],
    /two proxies: proxy.corp:3128.*other:1/,
  ],
  [{ HTTPS_PROXY }, ['http://lab:4566', 'https://lab'], /can't call lab both by the proxy.* and directly/],
  [{ HTTP_PROXY: HTTPS_PROXY }, ['http://lab:4566', 'https://lab'], /can't call lab both by the proxy/],
])('%j can not be used by KCL, which is said', async (env, endpoints, message) => {
  await expect(properties(env, endpoints)).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: expect.stringMatching(message),
    remedy: expect.stringMatching(/^Set /),
  });
});
