import { EnvironmentError } from '../../errors/errors.js';
import { type Check, defineCheck, type Verdict } from '../check.js';
import { failed } from './java.js';

/** What one of KCL's clients would call with. */
export interface ServiceCredentials {
  readonly accessKeyId?: string;
  /** Who that is; asked for only where the key is another than this process's. */
  readonly arn?: string;
  /** Why there are none, or none that are valid. */
  readonly failure?: string;
  /** Why it is unknown whether they are valid. */
  readonly unknown?: string;
}

export interface JavaCredentials {
  /** Of this process; undefined if it has none. */
  readonly ownAccessKeyId: string | undefined;
  /** By the names of the services. */
  readonly services: Readonly<Record<string, ServiceCredentials>>;
}

/** Starts the JVM and asks it. @throws EnvironmentError if it can't be asked, or refuses the configuration */
export type AskJava = (signal: AbortSignal) => Promise<JavaCredentials>;

const REMEDY =
  'Correct the provider (awsCredentialsProvider and its kin), or leave it out: KCL then has the credentials that this process finds, with AWS_PROFILE for a profile of any kind.';

/** @param streamRole of the role that is assumed for the streams, if one is: Kinesis then has keys of its own */
export function javaCredentialsCheck(
  ask: AskJava,
  streamRole: Check<unknown> | undefined,
  java: Check,
  jars: Check,
): Check {
  return defineCheck({
    id: 'java-credentials',
    asserts: 'has valid credentials in the JVM, too',
    fixedBy: 'reader',
    needs: streamRole === undefined ? [java, jars] : [java, jars, streamRole],
    async run(_needs, signal): Promise<Verdict<undefined>> {
      try {
        return judge(await ask(signal), streamRole !== undefined);
      } catch (error) {
        if (error instanceof EnvironmentError) return failed(error);
        throw error;
      }
    },
  });
}

function judge({ ownAccessKeyId, services }: JavaCredentials, streamRole: boolean): Verdict<undefined> {
  const entries = Object.entries(services);
  const failures = told(entries, ({ failure }) => failure);
  if (failures.length > 0) {
    const texts = failures.map(({ names, text }) => `KCL has no valid credentials for ${names}: ${text}`);
    // Where this process has none either, the text is its own, with its remedy.
    const remedy = ownAccessKeyId === undefined ? {} : { remedy: REMEDY };
    return { status: 'failed', message: texts.join('\n'), ...remedy };
  }
  const notAsked = told(
    entries.filter(([, { accessKeyId }]) => accessKeyId === undefined),
    ({ unknown = 'the JVM gives no reason' }) => unknown,
  );
  if (notAsked.length > 0) {
    const texts = notAsked.map(
      ({ names, text }) => `whether KCL has credentials for ${names} is unknown: ${text}`,
    );
    return { status: 'error', message: texts.join('\n') };
  }
  const others = entries.filter(
    ([name, { accessKeyId }]) => accessKeyId !== ownAccessKeyId && !(streamRole && name === 'Kinesis'),
  );
  if (others.length > 0) {
    const texts = told(others, ({ arn, accessKeyId, unknown }) =>
      arn === undefined
        ? `access key id …${accessKeyId?.slice(-4)}, whose owner is unknown: ${unknown}`
        : arn,
    );
    return {
      status: 'warning',
      message: `${texts.map(({ names, text }) => `KCL calls ${names} as ${text}`).join('; ')}: the other checks are of this process's credentials, and say nothing of these`,
      value: undefined,
    };
  }
  return {
    status: 'passed',
    message: `KCL calls with the same access key id as this process, …${ownAccessKeyId?.slice(-4)}`,
    value: undefined,
  };
}

/** One entry for the services that have the same to say. */
function told(
  entries: readonly (readonly [string, ServiceCredentials])[],
  tell: (entry: ServiceCredentials) => string | undefined,
): { names: string; text: string }[] {
  const byText = new Map<string, string[]>();
  for (const [name, entry] of entries) {
    const text = tell(entry);
    if (text !== undefined) byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  return [...byText].map(([text, names]) => ({
    names: names.join(', ').replace(/, (\w+)$/, ' and $1'),
    text,
  }));
}
