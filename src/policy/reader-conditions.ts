import { conditionEntries } from './condition-entries.js';
import type { Access } from './coverage.js';
import { kinesisServices, STREAM_CONTEXT } from './key-conditions.js';
import { matchesPattern } from './patterns.js';
import { type Condition, listOf } from './types.js';

/**
 * Whether a condition can hold for a call of the reader: false only where it contradicts what every call of the reader
 * has, such as its ARN as `aws:PrincipalArn`. Of everything else (addresses, dates, tags, organizations) it can.
 */
export function mayHold(condition: Condition | undefined, access: Access): boolean {
  const known = knownValues(access);
  return conditionEntries(condition).every(({ operator, key, values }) => {
    const value = known[key.toLowerCase()];
    return value === undefined || value.some((one) => matches(operator, listOf(values).map(String), one));
  });
}

/** By key in lower case; several where it is not documented which one AWS compares. */
function knownValues({ reader, decryptsFor }: Access): Readonly<Record<string, readonly string[]>> {
  return {
    // Of a role, also where one of its sessions calls.
    'aws:principalarn': [reader.arn],
    'aws:principalaccount': [reader.account],
    'aws:principaltype': [reader.kind === 'role' ? 'AssumedRole' : 'User'],
    // The endpoints of Kinesis and KMS have TLS only (AWS General Reference, endpoints).
    'aws:securetransport': ['true'],
    ...(decryptsFor && {
      'kms:calleraccount': [reader.account],
      'kms:viaservice': kinesisServices(decryptsFor.region),
      [STREAM_CONTEXT.toLowerCase()]: [decryptsFor.arn],
    }),
  };
}

const OPERATOR =
  /^(?:ForA(?:ny|ll)Values?:)?(?:Bool|(String|Arn)(Not)?(Equals|Like|EqualsIgnoreCase))(?:IfExists)?$/i;

function matches(operator: string, values: readonly string[], known: string): boolean {
  if (operator.toLowerCase() === 'null') return values.some((value) => value.toLowerCase() === 'false');
  const [found, type, not, comparison = 'EqualsIgnoreCase'] = OPERATOR.exec(operator) ?? [];
  // What a variable stands for is unknown.
  if (found === undefined || values.some((value) => value.includes('${'))) return true;
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
