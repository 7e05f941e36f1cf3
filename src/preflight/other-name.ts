import { deadlineSignal } from '../errors/time-limit.js';
import { knock, type NameParts } from './endpoint.js';

/** Shorter than what is left of the check's limit. */
const SILENCE_MS = 4_000;

/** Names with less in them, the nearest first. */
const LESS: readonly Partial<NameParts>[] = [
  { account: false },
  { fips: false },
  { dualStack: false },
  { fips: false, dualStack: false },
  { account: false, fips: false, dualStack: false },
];

/**
 * What to set so that a service is called by a name that answers, where the one that it is called by does not.
 *
 * @param endpoint where the service is called if the name has only these parts
 * @returns undefined if there is no such name, or none that answers
 */
export async function otherName(
  service: string,
  endpoint: (parts: Partial<NameParts>) => Promise<URL>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const failed = await endpoint({});
  const others = new Map<string, { url: URL; parts: Partial<NameParts> }>();
  for (const parts of LESS) {
    const url = await endpoint(parts);
    if (url.origin !== failed.origin && !others.has(url.origin)) others.set(url.origin, { url, parts });
  }
  const limit = deadlineSignal(SILENCE_MS, signal);
  const answers = await Promise.all(
    [...others.values()].map(async (other) => {
      const answered = await knock(other.url, limit).then(
        () => true,
        () => false,
      );
      return answered ? [other] : [];
    }),
  );
  const [nearest] = answers.flat();
  return nearest && describe(service, failed, nearest);
}

function describe(
  service: string,
  failed: URL,
  { url, parts }: { url: URL; parts: Partial<NameParts> },
): string {
  const settings = [
    ...(parts.account === false ? [accountSetting(service, url)] : []),
    ...(parts.fips === false ? ['AWS_USE_FIPS_ENDPOINT=false (in the profile: use_fips_endpoint)'] : []),
    ...(parts.dualStack === false
      ? ['AWS_USE_DUALSTACK_ENDPOINT=false (in the profile: use_dualstack_endpoint)']
      : []),
  ];
  return `${url.host} answers, and ${failed.host} does not: let this network resolve and reach ${failed.host}, or set ${settings.join(' and ')}, which both processes follow.`;
}

/** By a stream's ARN the SDKs call its owner's name in every mode. */
function accountSetting(service: string, { origin }: URL): string {
  return service === 'Kinesis'
    ? `KINESIS_ENDPOINT=${origin}`
    : 'AWS_ACCOUNT_ID_ENDPOINT_MODE=disabled (in the profile: account_id_endpoint_mode)';
}
