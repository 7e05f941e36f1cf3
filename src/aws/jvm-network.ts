import { EnvironmentError } from '../errors/errors.js';
import {
  describeProxy,
  NEVER_BY_PROXY,
  noProxyHosts,
  type ProxySetting,
  portOf,
  proxyFor,
  proxyVariables,
} from './proxy.js';

/** A host of AWS's that no NO_PROXY names, but one that names all. */
const ANY_AWS_HOST = new URL('https://any.service.of.aws.invalid');
const ENDPOINT_VARIABLE = /^AWS_ENDPOINT_URL(_KINESIS|_DYNAMODB|_CLOUDWATCH|_STS)?$/;

/**
 * The system properties by which KCL's clients take the ways that Node's take. The SDK for Java would read the same
 * variables otherwise: HTTP_PROXY also for https, NO_PROXY without `.suffix`, passwords as they are encoded, and the
 * loopback by the proxy (docs/decisions/0017-one-answer-about-the-proxy.md).
 *
 * @param endpoints that replace AWS's, as far as there are any
 * @returns none if no variable names a proxy: what the user gives the JVM then counts
 * @throws EnvironmentError if KCL can't go by that proxy
 */
export function jvmProxyProperties(endpoints: readonly (string | undefined)[]): Record<string, string> {
  if (proxyVariables().length === 0) return {};
  const custom = [...endpoints, ...endpointsOfEnvironment()].flatMap((url) =>
    url !== undefined && URL.canParse(url) ? [new URL(url)] : [],
  );
  const ways = custom.map((url) => ({ url, proxy: proxyFor(url) }));
  const proxy = proxyFor(ANY_AWS_HOST) ?? ways.find((way) => way.proxy)?.proxy;
  if (proxy === undefined) return { 'http.nonProxyHosts': '*' };
  const other = ways.find((way) => way.proxy && way.proxy.url.href !== proxy.url.href)?.proxy;
  if (other) throw twoProxies(proxy, other);
  const direct = ways.filter((way) => way.proxy === undefined).map(({ url }) => pattern(url.hostname));
  return {
    'http.proxyHost': proxy.url.hostname.replace(/^\[|\]$/g, ''),
    'http.proxyPort': String(portOf(proxy.url)),
    ...userOf(proxy),
    'http.nonProxyHosts': [...new Set([...NEVER_BY_PROXY, ...noProxyHosts(), ...direct])]
      .map(pattern)
      .join('|'),
    'crossaccountkcl.proxy': describeProxy(proxy),
  };
}

function userOf(proxy: ProxySetting): Record<string, string> {
  const { protocol, username, password, host } = proxy.url;
  if (protocol === 'https:') {
    throw unfit(proxy, 'connects to a proxy without TLS only', `http://${host}, if the proxy listens for it`);
  }
  if (username === '' && password === '') return {};
  if (username === '' || password === '') {
    throw unfit(proxy, 'sends a user and a password only together', 'an URL with both');
  }
  return {
    'http.proxyUser': decodeURIComponent(username),
    'http.proxyPassword': decodeURIComponent(password),
  };
}

function unfit(proxy: ProxySetting, reason: string, expected: string): EnvironmentError {
  return new EnvironmentError(
    `KCL can't go by the proxy ${describeProxy(proxy)}: the AWS SDK for Java ${reason}`,
    { hint: `Set ${proxy.variable} to ${expected}.` },
  );
}

function twoProxies(one: ProxySetting, other: ProxySetting): EnvironmentError {
  return new EnvironmentError(
    `KCL can't go by two proxies: ${describeProxy(one)}, and ${describeProxy(other)} for an endpoint that is set`,
    { hint: `Set both variables to one proxy, or name the endpoint's host in NO_PROXY.` },
  );
}

function endpointsOfEnvironment(): string[] {
  return Object.entries(process.env).flatMap(([name, url]) =>
    url && ENDPOINT_VARIABLE.test(name) ? [url] : [],
  );
}

/** The SDK takes it for a regular expression, after * has become .*? there. */
function pattern(host: string): string {
  return host.replace(/[[\]]/g, '.');
}
