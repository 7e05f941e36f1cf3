import { conditionEntries } from './condition-entries.js';
import { listOf, type OneOrMany, type Principal, type Statement } from './types.js';

export interface FieldChange {
  readonly field: string;
  /** Undefined where the field was not there. */
  readonly before: unknown;
  readonly after: unknown;
}

/** What happens to one statement. */
export type StatementChange =
  | { readonly change: 'added'; readonly after: Statement }
  | { readonly change: 'removed'; readonly before: Statement }
  | { readonly change: 'unchanged'; readonly before: Statement; readonly after: Statement }
  | {
      readonly change: 'changed';
      readonly before: Statement;
      readonly after: Statement;
      readonly fields: readonly FieldChange[];
    };

/** Another way to write the same statement is no change. @param after undefined for a statement that goes */
export function changeOf(before: Statement, after: Statement | undefined): StatementChange {
  if (!after) return { change: 'removed', before };
  const names = differingFields(before, after);
  if (names.length === 0) return { change: 'unchanged', before, after: before };
  const fields = names.map((field) => ({ field, before: before[field], after: after[field] }));
  return { change: 'changed', before, after, fields };
}

export function hasChanges(changes: readonly StatementChange[]): boolean {
  return changes.some(({ change }) => change !== 'unchanged');
}

function differingFields(before: Statement, after: Statement): (keyof Statement)[] {
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

/**
 * A text that is the same for all ways to write the same element: AWS returns a list of one as a text, changes the order,
 * and makes no difference between `kinesis:GetRecords` and `Kinesis:getrecords`.
 */
function canonical(field: keyof Statement, value: Statement[keyof Statement] | undefined): string {
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

/** Operators and keys have no case. */
function condition(value: Statement['Condition']): string {
  const entries = conditionEntries(value).map(({ operator, key, values }) =>
    JSON.stringify([operator.toLowerCase(), key.toLowerCase(), texts(listOf(values))]),
  );
  return JSON.stringify(entries.sort());
}
