import type { ConfigurationProblem } from '../errors/errors.js';
import { JVM_OPTION_VARIABLES } from '../errors/secrets.js';
import { type Given, nearest } from './problems.js';
import { equivalentOf, NAMES_OF_SDK_1, NOT_BY_NAME, PROVIDERS } from './provider-names.js';

/** The keys whose values name providers, in the form `Name|argument|…,Name`. */
export const PROVIDER_KEY = /^awsCredentialsProvider(DynamoDB|CloudWatch)?$/;
/** The keys of the beans, whose values are one name. */
const CLASS_KEY = /^(kinesis|dynamoDB|cloudWatch)CredentialsProvider\.class$/;
const DEFAULT_CHAIN = /^(software\.amazon\.awssdk\.auth\.credentials\.)?DefaultCredentialsProvider$/;
/** The launcher's class: it asks this process for what its chain finds. */
const SERVED = 'crossaccountkcl.aws.ServedCredentials';

/** What becomes of one name: what KCL is given instead, with what the user should know, or why KCL can't use it. */
interface Reading {
  readonly text: string;
  readonly notice?: string;
  readonly problem?: string;
}

/**
 * Brings the names of credentials providers into the form that KCL understands: those of the AWS SDK for Java 1 and those
 * in another case are replaced. A name that KCL does not know is left out if it knows another beside it, as KCL passes over it.
 *
 * @returns notices
 */
export function takeProviders(given: Map<string, Given>, problems: ConfigurationProblem[]): string[] {
  return [...given.values()].flatMap((value) => {
    const bean = CLASS_KEY.test(value.key);
    if (!bean && !PROVIDER_KEY.test(value.key)) return [];
    const elements = namesIn(value.text);
    const readings = elements.map((element) => readName(element, bean));
    const usable = readings.some(({ problem }) => problem === undefined);
    const used = usable ? readings.filter(({ problem }) => problem === undefined) : readings;
    given.set(value.key, { ...value, text: used.map(({ text }) => text).join(',') });
    return readings.flatMap(({ notice, problem }) => {
      if (problem === undefined) return notice === undefined ? [] : [`${value.label}: ${notice}`];
      if (usable) return [`${value.label}: ${problem}; KCL passes over it`];
      problems.push({ key: value.label, message: problem });
      return [];
    });
  });
}

/** Whether all that is named is the default chain, which is this process's own. */
export function isDefaultChain(text: string): boolean {
  return namesIn(text).every((name) => DEFAULT_CHAIN.test(name));
}

/** The properties, with the default chain replaced by what this process serves. */
export function servedByNode(properties: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(properties).map(([key, text]) => {
    if (!PROVIDER_KEY.test(key) && !CLASS_KEY.test(key)) return [key, text];
    const names = namesIn(text).map((name) => (DEFAULT_CHAIN.test(name) ? SERVED : name));
    return [key, names.join(',')];
  });
  return Object.fromEntries(entries);
}

/** What the JVM alone would read, and does not while its credentials are this process's. */
export function unusedOptions(env: NodeJS.ProcessEnv): string[] {
  return JVM_OPTION_VARIABLES.flatMap((variable) => {
    const [option] =
      /-Daws\.(?:accessKeyId|secretAccessKey|profile|sharedCredentialsFile|configFile)(?==)/.exec(
        env[variable] ?? '',
      ) ?? [''];
    return option === ''
      ? []
      : [
          `${option} in ${variable} gives no credentials: KCL has those that this process finds; ` +
            'set awsCredentialsProvider = SystemPropertyCredentialsProvider or ProfileCredentialsProvider to use it',
        ];
  });
}

function namesIn(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function readName(element: string, bean: boolean): Reading {
  const [written = '', ...args] = element.split('|').map((part) => part.trim());
  const at = written.lastIndexOf('.');
  const [packageName, name] = [written.slice(0, Math.max(at, 0)), written.slice(at + 1)];
  const ofSdk1 = packageName.startsWith('com.amazonaws');
  const ofSdk2 = packageName === 'software.amazon.awssdk.auth.credentials';
  // KCL looks for any other class, too.
  if (packageName !== '' && !ofSdk1 && !ofSdk2) return { text: element };
  if (!ofSdk1 && PROVIDERS.includes(name)) return withArguments(element, name, args);
  const reason = NOT_BY_NAME[name];
  if (!ofSdk1 && reason !== undefined)
    return bean ? { text: element } : { text: element, problem: `'${written}' ${reason}` };
  const sameName = PROVIDERS.find((known) => known.toLowerCase() === name.toLowerCase());
  if (!ofSdk1 && sameName !== undefined) {
    const { text, problem } = withArguments([sameName, ...args].join('|'), sameName, args);
    return problem === undefined
      ? { text, notice: `'${written}' is taken for ${sameName}` }
      : { text, problem };
  }
  const old = ofSdk2 ? undefined : equivalentOf(name);
  if (old !== undefined)
    return bean ? oneClass(replaced(written, name, args, old)) : replaced(written, name, args, old);
  return unknown(element, written, name, ofSdk1 || ofSdk2);
}

/** A bean is of one class. */
function oneClass(reading: Reading): Reading {
  if (!reading.text.includes(',')) return reading;
  const { text } = reading;
  return {
    text,
    problem: `a class stands for one provider, and this one is ${text} today; write one of them`,
  };
}

function replaced(
  written: string,
  name: string,
  args: readonly string[],
  { today, instead }: NonNullable<ReturnType<typeof equivalentOf>>,
): Reading {
  const what = `'${written}' is a name of the AWS SDK for Java 1`;
  if (today === undefined) return { text: name, problem: `${what}, and KCL has nothing like it; ${instead}` };
  const [first = '', ...others] = today;
  const reading = withArguments([first, ...args].join('|'), first, args);
  if (reading.problem !== undefined) return reading;
  return {
    text: [reading.text, ...others].join(','),
    notice: `${what}; it is taken for ${today.join(',')}${reading.notice === undefined ? '' : `. ${reading.notice}`}`,
  };
}

/** KCL takes a provider that can't be made with its arguments for one without, or passes over it. */
function withArguments(text: string, name: string, args: readonly string[]): Reading {
  if (/Sts/.test(name)) {
    return args.length >= 2
      ? { text }
      : {
          text,
          problem: `'${name}' needs the role's ARN and a name for the session: ${name}|arn:aws:iam::…|name`,
        };
  }
  const most = name === 'ProfileCredentialsProvider' ? 1 : 0;
  return args.length <= most
    ? { text }
    : {
        text: text.slice(0, text.indexOf('|')),
        notice: `KCL ignores the arguments of ${name}${most > 0 ? ' unless there is one, the profile' : ''}`,
      };
}

function unknown(text: string, written: string, name: string, ofSdk: boolean): Reading {
  const near = nearest(name, [...PROVIDERS, ...NAMES_OF_SDK_1]);
  if (near !== undefined) {
    const today = equivalentOf(near)?.today?.join(',') ?? near;
    return { text, problem: `'${written}' is unknown; did you mean ${today}?` };
  }
  return ofSdk
    ? { text, problem: `'${written}' is unknown; expected one of ${PROVIDERS.join(', ')}` }
    : {
        text,
        notice: `'${written}' is no provider of KCL or the AWS SDK: it must be a class on the JVM's class path`,
      };
}
