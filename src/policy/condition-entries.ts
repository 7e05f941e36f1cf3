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

export function valuesOf({ values }: ConditionEntry): string[] {
  return listOf(values).map(String);
}

/** Each entry as a line: `aws:PrincipalOrgID StringEquals o-1 or o-2`. */
export function conditionTexts(condition: Condition | undefined): string[] {
  return conditionEntries(condition).map((entry) => entryText(entry));
}

/** @param limit how many values are named */
export function entryText(entry: ConditionEntry, limit = Number.POSITIVE_INFINITY): string {
  return `${entry.key} ${entry.operator} ${someOf(valuesOf(entry), limit, ' or ')}`;
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

/**
 * The condition in force with ours in it: what others added stays, and what was loosened is ours again. An entry of ours
 * takes the place of the weaker one that stands for it, such as the same operator with IfExists.
 */
export function withOurs(inForce: Condition | undefined, ours: Condition | undefined): Condition | undefined {
  return conditionOf(
    conditionEntries(ours).reduce((entries, entry) => {
      if (entries.some((one) => narrows(one, entry))) return entries;
      const kept = entries.filter((one) => !sameName(one.key, entry.key) || !standsFor(one, entry));
      const operator = kept.find((one) => sameName(one.operator, entry.operator))?.operator;
      return [...kept, { ...entry, operator: operator ?? entry.operator }];
    }, conditionEntries(inForce)),
  );
}

/** What the condition has beyond ours: other entries, and fewer values of one of ours. */
export function beyondOurs(condition: Condition | undefined, ours: Condition | undefined): ConditionEntry[] {
  const own = conditionEntries(ours);
  return conditionEntries(condition).filter(
    (entry) => !own.some((one) => narrows(entry, one) && narrows(one, entry)),
  );
}

/** The same operator and key, with some of the values, or all. */
function narrows(entry: ConditionEntry, ours: ConditionEntry): boolean {
  const [values, all] = [valuesOf(entry), valuesOf(ours)];
  return (
    sameName(entry.operator, ours.operator) &&
    sameName(entry.key, ours.key) &&
    values.length > 0 &&
    values.every((value) => all.includes(value))
  );
}

/** Operators that compare in the same direction. */
const FAMILIES = [
  ['stringequals', 'stringequalsignorecase', 'stringlike', 'arnequals', 'arnlike'],
  ['datelessthan', 'datelessthanequals'],
];

/** Whether one is the other's operator, perhaps made weaker: with IfExists, for a set, or with wildcards. */
function standsFor(one: ConditionEntry, ours: ConditionEntry): boolean {
  const [base, wanted] = [baseOf(one.operator), baseOf(ours.operator)];
  return base === wanted || FAMILIES.some((family) => family.includes(base) && family.includes(wanted));
}

function baseOf(operator: string): string {
  return operator
    .toLowerCase()
    .replace(/^for(allvalues|anyvalue):/, '')
    .replace(/ifexists$/, '');
}
