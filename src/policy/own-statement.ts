import { conditionEntries, conditionOf, conditionTexts } from './condition-entries.js';
import { beyondOurs } from './stricter.js';
import { validityOf } from './time-conditions.js';
import { listOf, type Statement } from './types.js';

/** When the reader's own statement stopped allowing anything, or will begin to; undefined where neither is so. */
export function timeOf(
  { Condition }: Statement,
  validity: 'over' | 'later',
  now: Date | undefined,
): string | undefined {
  const found = conditionEntries(Condition).find((entry) => validityOf(entry, now) === validity);
  return found && listOf(found.values).join(' or ');
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
    .filter(({ operator, key }) => NETWORK_KEY.test(key) && !HOLDS_WITHOUT_KEY.test(operator))
    .map(({ key }) => key);
}

const NETWORK_KEY = /^aws:(sourcevpce|sourcevpc|sourcevpcarn|vpcsourceip|sourceip)$/i;
const HOLDS_WITHOUT_KEY = /^forallvalues:|not|^null$|ifexists$/i;
