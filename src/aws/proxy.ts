import { BlockList, isIP } from 'node:net';
import { getProxyForUrl } from 'proxy-from-env';
import { EnvironmentError } from '../errors/errors.js';

/** A proxy that the environment names. */
export interface ProxySetting {
  /** http: or https:, with the user and the password. */
  readonly url: URL;
  /** The environment variable that it comes from. */
  readonly variable: string;
}

/** This machine, and what serves credentials and metadata on AWS: link-local, and IMDS and EKS Pod Identity by IPv6. */
const DIRECT = new BlockList();
DIRECT.addSubnet('127.0.0.0', 8);
DIRECT.addSubnet('169.254.0.0', 16);
DIRECT.addAddress('::1', 'ipv6');
DIRECT.addAddress('fd00:ec2::254', 'ipv6');
DIRECT.addAddress('fd00:ec2::23', 'ipv6');

/** The same as names of hosts, in which * stands for any characters. */
export const NEVER_BY_PROXY = [
  'localhost',
  '*.localhost',
  '127.*',
  '169.254.*',
  '[::1]',
  '[fd00:ec2::254]',
  '[fd00:ec2::23]',
];

const SCHEMES = ['http', 'https'] as const;

/**
 * The proxy that a request goes by, or undefined for the direct way: HTTPS_PROXY or HTTP_PROXY by the URL's scheme, else
 * ALL_PROXY, but for what NO_PROXY names (docs/proxy.md) and for this machine and the metadata addresses.
 *
 * @throws EnvironmentError if the variable holds no URL of a proxy
 */
export function proxyFor(url: URL): ProxySetting | undefined {
  if (isAlwaysDirect(url.hostname)) return undefined;
  const variable = variableFor(url.protocol.slice(0, -1));
  if (variable === undefined || getProxyForUrl(url.href) === '') return undefined;
  return { url: parseProxy(variable), variable };
}

/** @throws EnvironmentError if a variable that names a proxy holds something else */
export function checkProxyVariables(): void {
  for (const scheme of SCHEMES) {
    const variable = variableFor(scheme);
    if (variable !== undefined) parseProxy(variable);
  }
}

/** Those that are set, of those that name a proxy. */
export function proxyVariables(): string[] {
  return SCHEMES.flatMap((scheme) => variableFor(scheme) ?? []);
}

/** What NO_PROXY names for https, as names of hosts in which * stands for any characters; as proxy-from-env reads it. */
export function noProxyHosts(): string[] {
  const text = (process.env.no_proxy || process.env.NO_PROXY || '').toLowerCase();
  return text.split(/[,\s]/).flatMap((entry) => {
    const [, host = '', port] = /^(.+?)(?::(\d+))?$/.exec(entry) ?? [];
    // What else there is in an entry, such as the slash of a range of addresses, is in no name of a host; nor is a * but
    // for the first character.
    if ((port !== undefined && port !== '443') || !/^\*$|^\*?[\w.-]+$|^\[[\da-f:.]+\]$/.test(host)) return [];
    return host.startsWith('.') ? [`*${host}`] : [host];
  });
}

/** Of loopback and metadata addresses. */
function isAlwaysDirect(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const family = isIP(host);
  if (family === 0) return /^(.+\.)?localhost$/.test(host);
  return DIRECT.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** Host and port, and which variable names it; without the password. */
export function describeProxy({ url, variable }: ProxySetting): string {
  return `${addressOf(url)}, which ${variable} names`;
}

export function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function addressOf(url: URL): string {
  return `${url.hostname}:${portOf(url)}`;
}

/** In the order in which proxy-from-env looks. */
function variableFor(scheme: string): string | undefined {
  return [`${scheme}_proxy`, `${scheme}_PROXY`.toUpperCase(), 'all_proxy', 'ALL_PROXY'].find((name) =>
    process.env[name]?.trim(),
  );
}

function parseProxy(variable: string): URL {
  const text = process.env[variable]?.trim() ?? '';
  try {
    const url = new URL(text.includes('://') ? text : `http://${text}`);
    // Throws, and would do so at each call.
    decodeURIComponent(url.username + url.password);
    const nothingMore = url.pathname === '/' && url.search === '' && url.hash === '';
    if (/^https?:$/.test(url.protocol) && url.hostname !== '' && nothingMore) return url;
  } catch {
    // Below; its text would repeat the password.
  }
  throw new EnvironmentError(
    `${variable} does not hold the URL of a proxy: expected http://host:port; user:password@ may stand before the host`,
    {
      remedy: 'In the user and the password, write @, :, /, #, ? and % as %40, %3A, %2F, %23, %3F and %25.',
    },
  );
}
