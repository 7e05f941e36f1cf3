import { EnvironmentError } from '../errors/errors.js';
import { JVM_OPTION_VARIABLES } from '../errors/secrets.js';
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
/** With it the user gives the JVM a proxy of its own (NetworkSettings.java). */
const OWN_PROXY = /(^|[\s"'])-Dhttp\.proxyHost=/;

/**
 * The system properties by which KCL's clients take the ways that Node's take. The SDK for Java would read the same
 * variables otherwise: HTTP_PROXY also for https, NO_PROXY without `.suffix`, passwords as they are encoded, and the
 * loopback by the proxy (docs/decisions/0017-one-answer-about-the-proxy.md).
 *
 * @param endpoints that replace AWS's, as far as there are any
 * @param env of the JVM, with the endpoints that the profile sets and without those that are ignored
 * @returns none if no variable names a proxy, or the JVM has one of its own: what the user gives the JVM then counts
 * @throws EnvironmentError if KCL can't go by that proxy
 */
export function jvmProxyProperties(
  endpoints: readonly (string | undefined)[],
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  if (proxyVariables().length === 0 || JVM_OPTION_VARIABLES.some((name) => OWN_PROXY.test(env[name] ?? ''))) {
    return {};
  }
  const ways = [...endpoints, ...endpointsOf(env)].flatMap((text) => {
    if (text === undefined || !URL.canParse(text)) return [];
    const url = new URL(text);
    return [{ host: url.hostname, proxy: proxyFor(url) }];
  });
  const proxied = ways.flatMap(({ host, proxy }) => (proxy ? [{ host, proxy }] : []));
  const direct = ways.flatMap(({ host, proxy }) => (proxy ? [] : [host]));
  const ofAws = proxyFor(ANY_AWS_HOST);
  const proxy = ofAws ?? proxied[0]?.proxy;
  if (proxy === undefined) return { 'http.nonProxyHosts': '*' };
  const other = proxied.find((way) => way.proxy.url.href !== proxy.url.href);
  if (other) throw twoProxies(proxy, other.proxy);
  const both = proxied.find(({ host }) => direct.includes(host));
  if (both) throw twoWays(both.host, proxy);
  const excluded = ofAws ? [...new Set([...NEVER_BY_PROXY, ...noProxyHosts(), ...direct])] : ['*'];
  const hosts = [...new Set(proxied.map(({ host }) => host))];
  return {
    'http.proxyHost': proxy.url.hostname.replace(/^\[|\]$/g, ''),
    'http.proxyPort': String(portOf(proxy.url)),
    ...userOf(proxy),
    'http.nonProxyHosts': excluded.map((host) => pattern(host, hosts)).join('|'),
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
    { remedy: `Set ${proxy.variable} to ${expected}.` },
  );
}

function twoProxies(one: ProxySetting, other: ProxySetting): EnvironmentError {
  return new EnvironmentError(
    `KCL can't go by two proxies: ${describeProxy(one)}, and ${describeProxy(other)} for an endpoint that is set`,
    { remedy: `Set both variables to one proxy, or name the endpoint's host in NO_PROXY.` },
  );
}

function twoWays(host: string, proxy: ProxySetting): EnvironmentError {
  return new EnvironmentError(
    `KCL can't call ${host} both by the proxy ${describeProxy(proxy)}, and directly, as two endpoints of it are set`,
    { remedy: `Set HTTPS_PROXY and HTTP_PROXY to one proxy, or name ${host} in NO_PROXY without a port.` },
  );
}

function endpointsOf(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, url]) => (url && ENDPOINT_VARIABLE.test(name) ? [url] : []));
}

/**
 * The SDK takes it for a regular expression, after * has become .*? there.
 *
 * @param proxied hosts that it must not match: Java looks at the name alone, Node at the scheme and the port too
 */
function pattern(host: string, proxied: readonly string[]): string {
  const text = host.replace(/[[\]]/g, '.');
  const matches = new RegExp(`^${text.replaceAll('*', '.*?')}$`);
  const others = proxied.filter((name) => matches.test(name));
  return [...others.map((name) => `(?!${name.replace(/[^\w-]/g, '\\$&')}$)`), text].join('');
}
