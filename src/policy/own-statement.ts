import {
  type ConditionEntry,
  conditionEntries,
  conditionOf,
  conditionTexts,
  holdsWithoutKey,
  sameName,
} from './condition-entries.js';
import { validityOf } from './time-conditions.js';
import { type Condition, listOf, type Statement } from './types.js';

/** What says that the reader's own statement allows nothing any more, or not yet. */
export function timeLimit(
  { Condition }: Statement,
  validity: 'over' | 'later',
  now: Date | undefined,
): ConditionEntry | undefined {
  return conditionEntries(Condition).find((entry) => validityOf(entry, now) === validity);
}

/** Whether `--condition expires` takes the place of the entry. */
export function isRenewable({ operator, key }: ConditionEntry): boolean {
  return /^datelessthan(equals)?(ifexists)?$/i.test(operator) && sameName(key, 'aws:CurrentTime');
}

/** What the reader's own statement is narrowed by beyond what is asked for; undefined for nothing. */
export function keptCondition(statement: Statement, expected: Statement): string | undefined {
  const kept = conditionOf(beyondOurs(statement.Condition, expected.Condition));
  return kept && conditionTexts(kept).join(' and ');
}

/**
 * The keys of the caller's network that the statement requires. In the policy of a key they stand for the network of
 * Kinesis, which calls Decrypt for the reader (KMS Developer Guide, "Use VPC endpoints to control access": such requests
 * "might fail").
 */
export function networkKeys({ Condition }: Statement): string[] {
  return conditionEntries(Condition)
    .filter(({ operator, key }) => NETWORK_KEY.test(key) && !holdsWithoutKey(operator))
    .map(({ key }) => key);
}

const NETWORK_KEY = /^aws:(sourcevpce|sourcevpc|sourcevpcarn|vpcsourceip|sourceip)$/i;

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
  const [values, all] = [textsOf(entry), textsOf(ours)];
  return (
    sameName(entry.operator, ours.operator) &&
    sameName(entry.key, ours.key) &&
    values.length > 0 &&
    values.every((value) => all.includes(value))
  );
}

const textsOf = ({ values }: ConditionEntry) => listOf(values).map(String);

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
