import { ConnectionError } from '../../aws/connection-error.js';
import { describeProxy, type ProxySetting, proxyFor } from '../../aws/proxy.js';
import { EnvironmentError } from '../../errors/errors.js';
import { deadlineSignal } from '../../errors/time-limit.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { type Knock, knock } from '../endpoint.js';

/** A service that is called, and where. */
export interface Service {
  readonly name: string;
  endpoint(): Promise<URL>;
  /** What to set so that it is called by a name that answers; undefined if there is none. */
  otherName?(signal: AbortSignal): Promise<string | undefined>;
}

/** Shorter than a check's limit, so that it can be told which one is silent. */
const SILENCE_MS = 8_000;

/** Without credentials: whether there is a way at all. */
export function endpointsCheck(services: readonly Service[]): Check<readonly Knock[]> {
  return defineCheck({
    id: 'endpoints',
    asserts: 'can reach the endpoints of AWS that are called',
    fixedBy: 'reader',
    needs: [],
    async run(_needs, signal): Promise<Verdict<readonly Knock[]>> {
      const found = await Promise.all(services.map((service) => locate(service)));
      const urls = new Map(found.flatMap(({ url }) => (url ? [[url.origin, url] as const] : [])));
      const calling = (url: URL) => services.find((_, index) => found[index]?.url?.origin === url.origin);
      const knocks = await Promise.all(
        [...urls.values()].map(async (url) =>
          withOtherName(await attempt(url, signal), calling(url), signal),
        ),
      );
      const problems = [
        ...found.flatMap(({ problem }) => problem ?? []),
        ...knocks.flatMap(({ problem }) => problem ?? []),
      ];
      const reached = knocks.flatMap(({ answer }) => answer ?? []);
      if (problems.length === 0) {
        return passed(
          answered(
            [...urls.values()],
            knocks.map(({ answer }) => answer?.proxy),
          ),
          reached,
        );
      }
      return {
        status: 'error',
        message: problems.map(({ message }) => message).join('; '),
        remedy: [...new Set(problems.map(({ remedy }) => remedy))].join('\n'),
      };
    },
  });
}

interface Problem {
  readonly message: string;
  readonly remedy: string;
}

/** The hosts, each with the proxy that it is reached by. */
function answered(urls: readonly URL[], proxies: readonly (ProxySetting | undefined)[]): string {
  const ways = new Map<string, string[]>();
  for (const [index, { host }] of urls.entries()) {
    const proxy = proxies[index];
    const way = proxy === undefined ? '' : `by the proxy ${describeProxy(proxy)}`;
    ways.set(way, [...(ways.get(way) ?? []), host]);
  }
  return [...ways].map(([way, hosts]) => `${hosts.join(', ')} answer ${way}`.trim()).join('; ');
}

async function locate({ name, endpoint }: Service): Promise<{ url?: URL; problem?: Problem }> {
  try {
    return { url: await endpoint() };
  } catch (error) {
    const message = `the endpoint of ${name} is unknown: ${(error as Error).message}`;
    const remedy =
      'Look at the region, and at AWS_ENDPOINT_URL, AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT and AWS_ACCOUNT_ID_ENDPOINT_MODE.';
    return { problem: { message, remedy } };
  }
}

async function attempt(url: URL, signal: AbortSignal): Promise<{ answer?: Knock; problem?: Problem }> {
  try {
    return { answer: await knock(url, deadlineSignal(SILENCE_MS, signal)) };
  } catch (error) {
    if (error instanceof ConnectionError || error instanceof EnvironmentError) {
      return { problem: { message: error.message, remedy: error.remedy ?? '' } };
    }
    return { problem: explain(error as NodeJS.ErrnoException, url) };
  }
}

async function withOtherName(
  knocked: Awaited<ReturnType<typeof attempt>>,
  service: Service | undefined,
  signal: AbortSignal,
): ReturnType<typeof attempt> {
  const { problem } = knocked;
  const other = problem && (await service?.otherName?.(signal));
  return problem && other !== undefined ? { problem: { ...problem, remedy: other } } : knocked;
}

const NO_WAY =
  'Look at the routes, the security groups and the firewall; without a way to the internet it takes VPC endpoints.';

function explain({ code = '', name, message }: NodeJS.ErrnoException, url: URL): Problem {
  const { hostname } = url;
  const proxy = proxyFor(url);
  const host = proxy === undefined ? url.host : `${url.host}, by the proxy ${describeProxy(proxy)},`;
  if (name === 'AbortError' || name === 'TimeoutError') {
    return { message: `${host} does not answer within ${SILENCE_MS / 1000} s`, remedy: NO_WAY };
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        message: `the name ${hostname} can't be resolved (${code})`,
        remedy: 'Look at the region, the endpoint, and the DNS of this network.',
      };
    case 'ECONNREFUSED':
      return {
        message: `${host} refuses the connection (${code})`,
        remedy: 'Look at the endpoint and its port: nobody listens there.',
      };
    case 'ECONNRESET':
    case 'EPIPE':
      return {
        message: `the connection to ${host} is cut off (${code})`,
        remedy: 'Look at the firewall or proxy between, and whether the endpoint speaks TLS (https).',
      };
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { message: `there is no way to ${host} (${code})`, remedy: NO_WAY };
  }
  if (code.startsWith('HPE_')) {
    return {
      message: `${host} does not answer with HTTP (${code})`,
      remedy: 'Look at the endpoint: another service listens there, or it wants https.',
    };
  }
  if (/CERT|SSL|TLS|EPROTO|SIGNATURE|ISSUER/.test(code)) {
    return {
      message: `no TLS connection to ${host}: ${message.split('\n')[0]} (${code})`,
      remedy:
        'Does the endpoint speak TLS (https), with a certificate for this host? The CA of a proxy that signs anew belongs into NODE_EXTRA_CA_CERTS.',
    };
  }
  return { message: `${host} can't be reached: ${code} ${message}`, remedy: NO_WAY };
}

const WARN_SECONDS = 60;
/** AWS takes signatures that are up to five minutes off. */
const FAIL_SECONDS = 300;

/** By the time that AWS's answers tell. */
export function clockCheck(endpoints: Check<readonly Knock[]>): Check {
  return defineCheck({
    id: 'clock',
    asserts: 'has a clock that AWS accepts',
    fixedBy: 'reader',
    needs: [endpoints],
    async run([knocks]): Promise<Verdict<undefined>> {
      const [first] = knocks.flatMap(({ date, at }) => (date ? [{ date, at }] : []));
      if (first === undefined) return { status: 'skipped', message: 'no answer told the time' };
      // The header has no fractions of a second.
      const seconds = Math.round((first.at - first.date.getTime() - 500) / 1000);
      const off = Math.abs(seconds);
      const message = `it is ${off} s ${seconds < 0 ? 'behind' : 'ahead of'} AWS's`;
      if (off <= WARN_SECONDS) return passed(message, undefined);
      const remedy = 'Set the clock of this machine, and keep it right with NTP.';
      if (off <= FAIL_SECONDS) return { status: 'warning', message, remedy, value: undefined };
      return {
        status: 'failed',
        message: `${message}: more than 5 minutes, and AWS refuses signatures`,
        remedy,
      };
    },
  });
}
