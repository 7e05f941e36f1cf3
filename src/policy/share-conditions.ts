import type { StreamArn } from '../aws/arn.js';
import { partitionOf } from '../aws/partition.js';
import { PolicyError } from '../errors/errors.js';
import type { ReaderType } from './actions.js';
import type { PolicyTarget } from './size.js';
import type { Condition } from './types.js';

/** What a reader's access can be narrowed by; docs/policy.md says what each of them is good for. */
export interface ShareCondition {
  readonly name: ShareConditionName;
  /** A date and time with its zone, the id of an organization, or the id of a VPC endpoint. */
  readonly value: string;
}

interface Kind {
  readonly operator: string;
  readonly key: string;
  /** In which policies it stands. */
  readonly targets: readonly PolicyTarget[];
  readonly form: RegExp;
  readonly expected: string;
}

const KINDS = {
  expires: {
    operator: 'DateLessThan',
    key: 'aws:CurrentTime',
    targets: ['stream', 'consumer', 'key'],
    form: /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/,
    expected: 'a date and time with its time zone, such as 2027-01-31T00:00:00Z',
  },
  organization: {
    operator: 'StringEquals',
    key: 'aws:PrincipalOrgID',
    targets: ['stream', 'consumer', 'key'],
    form: /^o-[a-z0-9]{10,32}$/,
    expected: 'the id of an organization, such as o-a1b2c3d4e5',
  },
  'vpc-endpoint': {
    operator: 'StringEquals',
    key: 'aws:SourceVpce',
    // Kinesis itself calls kms:Decrypt for the reader, and not through the reader's endpoint.
    targets: ['stream', 'consumer'],
    form: /^vpce-[0-9a-f]{8,17}$/,
    expected: 'the id of a VPC endpoint, such as vpce-0a1b2c3d4e5f67890',
  },
} as const satisfies Record<string, Kind>;

export type ShareConditionName = keyof typeof KINDS;
export const SHARE_CONDITIONS = Object.keys(KINDS) as ShareConditionName[];

/** @param text `expires=…`, `organization=…` or `vpc-endpoint=…` @throws PolicyError with the form that is expected */
export function parseShareCondition(text: string): ShareCondition {
  const [, name = '', value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const known = SHARE_CONDITIONS.find((one) => one === name);
  if (value === undefined || known === undefined) {
    const names = SHARE_CONDITIONS.join(', ').replace(/, ([^,]*)$/, ' or $1');
    throw new PolicyError(`'${text}' is not <name>=<value>, where the name is ${names}`);
  }
  return checked({ name: known, value });
}

/** @throws PolicyError for a value of another form, a name that is given twice, and what would never let the reader in */
export function checkConditions(
  {
    for: readerType,
    conditions = [],
  }: { for: ReaderType; conditions?: readonly ShareCondition[] | undefined },
  now = new Date(),
): void {
  for (const [index, condition] of conditions.entries()) {
    const { name, value } = checked(condition);
    if (conditions.findIndex((one) => one.name === name) < index) {
      throw new PolicyError(`the condition ${name} is given twice`, { remedy: 'Give each condition once.' });
    }
    if (name === 'expires' && Date.parse(value) <= now.getTime()) {
      throw new PolicyError(
        `the condition expires=${value} is in the past: the statement would never allow anything`,
      );
    }
    if (name === 'vpc-endpoint' && readerType === 'lambda') {
      throw new PolicyError("the condition vpc-endpoint can't be used for Lambda", {
        remedy:
          "Lambda's pollers read the stream through no VPC endpoint of the reader, so the statement would never allow them anything.",
      });
    }
  }
}

/** What the conditions add to the statement in the policy of that target. */
export function conditionsOn(
  target: PolicyTarget,
  conditions: readonly ShareCondition[] = [],
): { readonly operator: string; readonly key: string; readonly values: string }[] {
  return conditions.flatMap((condition) => {
    const { operator, key, targets }: Kind = KINDS[condition.name];
    return targets.includes(target) ? [{ operator, key, values: checked(condition).value }] : [];
  });
}

/** A date comes back in UTC, in the form that AWS's documentation uses. */
function checked({ name, value }: ShareCondition): ShareCondition {
  const { form, expected } = KINDS[name];
  const date = name === 'expires' ? utc(value) : value;
  if (!form.test(value) || date === undefined) {
    throw new PolicyError(`the condition ${name} needs ${expected}, not '${value}'`);
  }
  return { name, value: date };
}

/** @returns undefined for a day that does not exist, which Date.parse reads as a day of the next month */
function utc(text: string): string | undefined {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || Number.isNaN(day.getTime())) return undefined;
  if (day.toISOString().slice(0, 10) !== text.slice(0, 10)) return undefined;
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The stream's ARN is what Kinesis encrypts its records with as context. */
export const STREAM_CONTEXT = 'kms:EncryptionContext:aws:kinesis:arn';

/** Narrows a Decrypt to Kinesis, which decrypts on behalf of the reader and names the stream when it does. */
export function onlyForStream({ arn, region }: StreamArn): Condition {
  const services = kinesisServices(region);
  return {
    StringEquals: {
      'kms:ViaService': services.length === 1 ? (services[0] as string) : services,
      [STREAM_CONTEXT]: arn,
    },
  };
}

/** The values of `kms:ViaService`. Which of two KMS compares, where endpoints end otherwise, is not documented. */
export function kinesisServices(region: string): readonly string[] {
  const suffixes = new Set(['amazonaws.com', partitionOf(region).dnsSuffix]);
  return [...suffixes].map((suffix) => `kinesis.${region}.${suffix}`);
}
