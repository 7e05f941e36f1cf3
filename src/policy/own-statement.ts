import {
  type ConditionEntry,
  conditionEntries,
  conditionOf,
  conditionTexts,
  sameName,
} from './condition-entries.js';
import { beyondOurs } from './stricter.js';
import { listOf, type Statement } from './types.js';

/** When the reader's own statement stopped allowing anything; undefined where it has not. */
export function expiryOf({ Condition }: Statement, now: Date): string | undefined {
  const expired = conditionEntries(Condition).find((entry) => hasExpired(entry, now));
  return expired && listOf(expired.values).join(' or ');
}

/** What the reader's own statement is narrowed by beyond what is asked for; undefined for nothing. */
export function keptCondition(statement: Statement, expected: Statement): string | undefined {
  const kept = conditionOf(beyondOurs(statement.Condition, expected.Condition));
  return kept && conditionTexts(kept).join(' and ');
}

function hasExpired({ operator, key, values }: ConditionEntry, now: Date): boolean {
  return (
    /^datelessthan(equals)?(ifexists)?$/i.test(operator) &&
    sameName(key, 'aws:CurrentTime') &&
    listOf(values).every((value) => Date.parse(String(value)) <= now.getTime())
  );
}
