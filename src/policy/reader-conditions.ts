import {
  type ConditionEntry,
  conditionEntries,
  holdsWithoutKey,
  sameName,
  valuesOf,
} from './condition-entries.js';
import { type Access, hasVariable, hasWildcard, matchesPattern } from './coverage.js';
import { kinesisServices, STREAM_CONTEXT } from './share-conditions.js';
import type { Condition } from './types.js';

/**
 * Whether a condition can hold for a call of the reader, now or later: false only where it contradicts itself, or what every
 * call of the reader has, such as its ARN as `aws:PrincipalArn`. Of everything else (addresses, tags, organizations) it can.
 */
export function mayHold(condition: Condition | undefined, access: Access): boolean {
  return contradictionOf(condition, access) === undefined;
}

/** Whether a condition holds for every call of the reader: false where that is unknown. */
export function alwaysHolds(condition: Condition | undefined, access: Access): boolean {
  const known = knownValues(access);
  return conditionEntries(condition).every(
    (entry) => known[entry.key.toLowerCase()]?.every((value) => matches(entry, value) === true) ?? false,
  );
}

/** The entries that hold, all together, for no call of the reader, now or later; undefined where they may. */
export function contradictionOf(
  condition: Condition | undefined,
  access: Access,
): ConditionEntry[] | undefined {
  const known = knownValues(access);
  const entries = conditionEntries(condition);
  const over = entries.filter((entry) => validityOf(entry, access.now) === 'over');
  if (over.length > 0) return over;
  for (const name of new Set(entries.map(({ key }) => key.toLowerCase()))) {
    const ofKey = entries.filter(({ key }) => sameName(key, name));
    const values = known[name] ?? namedValues(ofKey);
    const can = values?.some((value) => ofKey.every((entry) => matches(entry, value) !== false)) ?? true;
    if (!can) return ofKey;
  }
  return undefined;
}

/**
 * The only values that a key can have, where an entry names them: none where it must be absent and present. Undefined where
 * others are possible, or several at once.
 */
function namedValues(entries: readonly ConditionEntry[]): readonly string[] | undefined {
  if (entries.some(({ operator }) => /^ForA/i.test(operator))) return undefined;
  if (entries.some(isAbsent) && entries.some(({ operator }) => !holdsWithoutKey(operator))) return [];
  const lists = entries.filter(({ operator }) => NAMING.test(operator)).map(valuesOf);
  return lists.find((texts) => !texts.some((text) => hasWildcard(text) || hasVariable(text)));
}

const NAMING = /^(?:String(?:Equals|Like)|Arn(?:Equals|Like)|Bool)$/i;

const isAbsent = (entry: ConditionEntry) =>
  sameName(entry.operator, 'Null') && valuesOf(entry).every((text) => sameName(text, 'true'));

/** By key in lower case; several where it is not documented which one AWS compares. */
function knownValues({ reader, decryptsFor }: Access): Readonly<Record<string, readonly string[]>> {
  return {
    // Of a role, also where one of its sessions calls.
    'aws:principalarn': [reader.arn],
    'aws:principalaccount': [reader.account],
    'aws:principaltype': [reader.kind === 'role' ? 'AssumedRole' : 'User'],
    // The endpoints of Kinesis and KMS have TLS only (AWS General Reference, endpoints).
    'aws:securetransport': ['true'],
    // It is a role or user that calls.
    'aws:principalisawsservice': ['false'],
    ...(decryptsFor && {
      'kms:calleraccount': [reader.account],
      'kms:viaservice': kinesisServices(decryptsFor.region),
      [STREAM_CONTEXT.toLowerCase()]: [decryptsFor.arn],
    }),
  };
}

const OPERATOR =
  /^(?:ForA(?:ny|ll)Values?:)?(?:Bool|(String|Arn)(Not)?(Equals|Like|EqualsIgnoreCase))(?:IfExists)?$/i;

/** Undefined where that is unknown. */
function matches(entry: ConditionEntry, known: string): boolean | undefined {
  const { operator } = entry;
  const values = valuesOf(entry);
  if (sameName(operator, 'Null')) return values.some((value) => sameName(value, 'false'));
  const [found, type, not, comparison = 'EqualsIgnoreCase'] = OPERATOR.exec(operator) ?? [];
  // What a variable stands for is unknown.
  if (found === undefined || values.some(hasVariable)) return undefined;
  const compare = type?.toLowerCase() === 'arn' ? matchesArn : COMPARISONS[comparison.toLowerCase()];
  return values.some((value) => compare?.(value, known)) === (not === undefined);
}

const COMPARISONS: Readonly<Record<string, (value: string, known: string) => boolean>> = {
  equals: (value, known) => value === known,
  equalsignorecase: (value, known) => value.toLowerCase() === known.toLowerCase(),
  like: matchesPattern,
};

/** The Arn operators compare each of the six components by itself. */
function matchesArn(pattern: string, arn: string): boolean {
  const [patterns, parts] = [componentsOf(pattern), componentsOf(arn)];
  return (
    patterns.length === parts.length &&
    parts.every((part, index) => matchesPattern(patterns[index] ?? '', part))
  );
}

function componentsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])];
}

/** Whether a condition on the time of the call can't hold any more, or not yet; undefined where that is unknown. */
export type Validity = 'over' | 'later' | undefined;

const TIME_OPERATOR =
  /^(?:ForA(?:ny|ll)Values?:)?(?:Date|Numeric)(LessThan|GreaterThan|Equals)(?:Equals)?(?:IfExists)?$/i;

export function validityOf(entry: ConditionEntry, now = new Date()): Validity {
  const { operator, key } = entry;
  const comparison = TIME_OPERATOR.exec(operator)?.[1]?.toLowerCase();
  const known =
    sameName(key, 'aws:EpochTime') || (sameName(key, 'aws:CurrentTime') && /Date/i.test(operator));
  const times = valuesOf(entry).map(timeOf);
  // Nothing is known of a time that can't be read.
  if (comparison === undefined || !known || times.length === 0 || times.some(Number.isNaN)) return undefined;
  if (comparison !== 'greaterthan' && Math.max(...times) <= now.getTime()) return 'over';
  if (comparison !== 'lessthan' && Math.min(...times) > now.getTime()) return 'later';
  return undefined;
}

/** A date of ISO 8601, or seconds since 1970 (IAM User Guide, date condition operators). A year has four digits. */
function timeOf(text: string): number {
  return /^\d{5,}$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}
