import {
  type ConditionEntry,
  conditionEntries,
  conditionOf,
  conditionTexts,
  holdsWithoutKey,
  sameName,
} from './condition-entries.js';
import { beyondOurs } from './stricter.js';
import { validityOf } from './time-conditions.js';
import type { Statement } from './types.js';

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
