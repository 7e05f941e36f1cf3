import { differingFields, sameStatement } from './canonical.js';
import { isEarlier, mergeStatement, type ReaderStatement, removeStatement } from './merge.js';
import { sidIn } from './sids.js';
import type { PolicyDocument, Statement } from './types.js';

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

/**
 * What changes between two policies, statement by statement: those of before in their order, then those that are new.
 * Ways of writing one and the same thing are no change. Undefined stands for no policy.
 */
export function diffPolicies(
  before: PolicyDocument | undefined,
  after: PolicyDocument | undefined,
): StatementChange[] {
  const left = [...(after?.Statement ?? [])];
  const take = (matches: (statement: Statement) => boolean) => {
    const at = left.findIndex(matches);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const old = before?.Statement ?? [];
  const partners: (Statement | undefined)[] = old.map(() => undefined);
  // From the surest to the least sure sign that two are one statement.
  const signs: ((one: Statement, other: Statement) => boolean)[] = [
    sameStatement,
    (one, other) => sidIn(one) !== undefined && one.Sid === other.Sid,
    (one, other) => sidIn(one) === undefined && differingFields(one, other).length === 1,
  ];
  for (const sign of signs) {
    for (const [index, statement] of old.entries()) {
      partners[index] ??= take((other) => sign(statement, other));
    }
  }
  return [
    ...old.map((statement, index) => compare(statement, partners[index])),
    ...left.map((statement) => ({ change: 'added', after: statement }) as const),
  ];
}

/**
 * What `mergeStatement` does, statement by statement: it changes the first of the reader's own at its place, takes out any
 * more of them, and adds at the end. So the nth change is about the nth statement.
 */
export function changesOfMerge(
  before: PolicyDocument | undefined,
  added: ReaderStatement,
): StatementChange[] {
  const old = before?.Statement ?? [];
  const first = old.findIndex((statement) => isEarlier(statement, added));
  const left = [...mergeStatement(before, added).Statement];
  const changes = old.map((statement, index) =>
    compare(statement, index > first && isEarlier(statement, added) ? undefined : left.shift()),
  );
  return [...changes, ...left.map((after) => ({ change: 'added', after }) as const)];
}

/** What `removeStatement` does, statement by statement: it looks at each by itself. */
export function changesOfRemoval(
  before: PolicyDocument | undefined,
  added: ReaderStatement,
): StatementChange[] {
  return (before?.Statement ?? []).map((statement) =>
    compare(statement, removeStatement({ Statement: [statement] }, added)?.Statement[0]),
  );
}

export function hasChanges(changes: readonly StatementChange[]): boolean {
  return changes.some(({ change }) => change !== 'unchanged');
}

function compare(before: Statement, after: Statement | undefined): StatementChange {
  if (!after) return { change: 'removed', before };
  const names = differingFields(before, after) as (keyof Statement)[];
  if (names.length === 0) return { change: 'unchanged', before, after };
  const fields = names.map((field) => ({ field, before: before[field], after: after[field] }));
  return { change: 'changed', before, after, fields };
}
