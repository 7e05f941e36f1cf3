import { conditionEntries } from './condition-entries.js';
import { listOf, type OneOrMany, type Principal, type Statement } from './types.js';

type Value = Statement[keyof Statement];

/**
 * A text that is the same for all ways of writing one and the same element: AWS gives back lists of one as a text, in
 * another order, and does not tell `kinesis:GetRecords` from `Kinesis:getrecords`.
 */
export function canonical(field: string, value: Value | undefined): string {
  switch (field) {
    case 'Action':
    case 'NotAction':
      return texts(listOf(value as OneOrMany<string>).map((action) => action.toLowerCase()));
    case 'Resource':
    case 'NotResource':
      return texts(listOf(value as OneOrMany<string>));
    case 'Principal':
    case 'NotPrincipal':
      return principal(value as Principal);
    case 'Condition':
      return condition(value as Statement['Condition']);
    case 'Sid':
      // An empty one is none.
      return String(value ?? '');
    default:
      return JSON.stringify(value) ?? '';
  }
}

/** The fields in which two statements differ, in their order. */
export function differingFields(before: Statement, after: Statement): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Statement)[];
  return names.filter((name) => {
    // Without a condition is the same as with an empty one; a list that is missing is not the same as an empty one.
    const mayBeMissing = name === 'Condition' || name === 'Sid';
    if (!mayBeMissing && (before[name] === undefined || after[name] === undefined)) {
      return before[name] !== after[name];
    }
    return canonical(name, before[name]) !== canonical(name, after[name]);
  });
}

export function sameStatement(one: Statement, other: Statement): boolean {
  return differingFields(one, other).length === 0;
}

function texts(list: readonly unknown[]): string {
  return JSON.stringify([...new Set(list.map(String))].sort());
}

function principal(value: Principal): string {
  if (value === '*') return value;
  return JSON.stringify(
    Object.entries(value)
      .map(([kind, names]) => [kind, texts(listOf(names))])
      .sort(),
  );
}

/** Operators and keys are told apart without regard to case. */
function condition(value: Statement['Condition']): string {
  const entries = conditionEntries(value).map(({ operator, key, values }) =>
    JSON.stringify([operator.toLowerCase(), key.toLowerCase(), texts(listOf(values))]),
  );
  return JSON.stringify(entries.sort());
}
