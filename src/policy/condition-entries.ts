import { type Condition, listOf } from './types.js';

/** One operator with one key. All entries of a condition must hold, and of an entry's values any. */
export interface ConditionEntry {
  readonly operator: string;
  readonly key: string;
  readonly values: Condition[string][string];
}

export function conditionEntries(condition: Condition | undefined): ConditionEntry[] {
  return Object.entries(condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, values })),
  );
}

/** The opposite of `conditionEntries`; undefined for none. */
export function conditionOf(entries: readonly ConditionEntry[]): Condition | undefined {
  if (entries.length === 0) return undefined;
  const operators = [...new Set(entries.map(({ operator }) => operator))];
  return Object.fromEntries(
    operators.map((operator) => [
      operator,
      Object.fromEntries(
        entries.filter((entry) => entry.operator === operator).map(({ key, values }) => [key, values]),
      ),
    ]),
  );
}

/** Keys are compared without regard to case (IAM User Guide, Condition); so are operators here. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Each entry as a line: `aws:PrincipalOrgID StringEquals o-1 or o-2`. */
export function conditionTexts(condition: Condition | undefined): string[] {
  return conditionEntries(condition).map((entry) => entryText(entry));
}

/** @param limit how many values are named */
export function entryText(
  { operator, key, values }: ConditionEntry,
  limit = Number.POSITIVE_INFINITY,
): string {
  return `${key} ${operator} ${someOf(listOf(values).map(String), limit, ' or ')}`;
}

/** Whether the operator holds, or may, for a call that lacks the key (IAM User Guide, condition operators). */
export function holdsWithoutKey(operator: string): boolean {
  return /^forallvalues:|not|^null$|ifexists$/i.test(operator);
}

const FEW = 3;

/** ` while …`, for a message about a statement that allows or denies only while its condition holds. */
export function whileHolds(condition: Condition | undefined): string {
  const texts = conditionEntries(condition).map((entry) => entryText(entry, FEW));
  return texts.length === 0 ? '' : ` while ${someOf(texts, FEW, ' and ')}`;
}

function someOf(texts: readonly string[], limit: number, separator: string): string {
  const rest = texts.length - limit;
  return [...texts.slice(0, limit), ...(rest > 0 ? [`${rest} more`] : [])].join(separator);
}
