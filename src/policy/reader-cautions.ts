import type { ReaderType } from './actions.js';
import {
  beyondOurs,
  type ConditionEntry,
  conditionEntries,
  conditionOf,
  conditionTexts,
  entryText,
  holdsWithoutKey,
  sameName,
  valuesOf,
  whileHolds,
} from './condition-entries.js';
import { type Access, isKey } from './coverage.js';
import { isEarlier } from './merge.js';
import { allowsByName, sameNameElsewhere, sameNameText } from './principals.js';
import { denialText, remainingAccess } from './reader-access.js';
import { contradictionOf, validityOf } from './reader-conditions.js';
import type { Condition, Statement } from './types.js';

export const READER_RANKS = {
  deny: 'access',
  expired: 'access',
  'not-yet': 'access',
  'never-allows': 'access',
  'network-condition': 'access',
  'still-allowed': 'access',
  'same-name': 'access',
  'condition-bypassed': 'access',
  'condition-kept': 'note',
  'still-named': 'note',
} as const;

interface Finding {
  readonly code: keyof typeof READER_RANKS;
  readonly message: string;
}

/** What the reader is given. */
export interface Sharing {
  /** The reader's statement as it would be created now. */
  readonly expected?: Statement;
  /** The condition that narrows the reader's access, which another statement may not have. */
  readonly narrowedBy?: Condition | undefined;
  /** What the reader reads with: `kcl` unless given. */
  readonly for?: ReaderType;
}

/** What may keep the reader from reading, or narrows its own statement, or lets it read without what narrows that. */
export function ofReader(statement: Statement, options: Access & Sharing, left: Access): Finding[] {
  const denied = denialText(statement, options);
  if (denied !== undefined) return [{ code: 'deny', message: denied }];
  const { expected, narrowedBy } = options;
  if (expected !== undefined && isEarlier(statement, expected)) return ofOwn(statement, expected, options);
  const bypass = narrowedBy && remainingAccess(statement, left);
  if (!bypass || beyondOurs(narrowedBy, statement.Condition).length === 0) return [];
  const verb = bypass.verb === 'still allows' ? 'allows' : 'may allow';
  const message = `${verb} ${options.reader.arn} ${bypass.actions.join(', ')}${whileHolds(statement.Condition)}, without what --condition asks for: remove the reader from it, or narrow it in the same way`;
  return [{ code: 'condition-bypassed', message }];
}

function ofOwn(statement: Statement, expected: Statement, options: Access & Sharing): Finding[] {
  const { reader, now } = options;
  const findings: Finding[] = [];
  const [over, later] = [timeLimit(statement, 'over', now), timeLimit(statement, 'later', now)];
  const never = over === undefined ? contradictionOf(statement.Condition, options) : undefined;
  if (over !== undefined) {
    const remedy = isRenewable(over)
      ? 'policy apply with --condition expires=<date and time> renews it'
      : `remove ${over.key} ${over.operator} from the statement by hand`;
    const message = `expired on ${valuesOf(over).join(' or ')}: ${reader.arn} has no access through it; ${remedy}`;
    findings.push({ code: 'expired', message });
  }
  if (later !== undefined) {
    const message = `allows ${reader.arn} nothing before ${valuesOf(later).join(' or ')}`;
    findings.push({ code: 'not-yet', message });
  }
  if (never !== undefined) {
    const message = `never allows ${reader.arn} anything, since no call of it has ${never.map((entry) => entryText(entry)).join(' and ')}; remove that from the statement by hand`;
    findings.push({ code: 'never-allows', message });
  }
  const network = networkKeys(statement).join(' and ');
  const caller = isKey(options.resource)
    ? `Kinesis calls Decrypt for ${reader.arn}, and from a network of its own`
    : options.for === 'lambda' && `Lambda's pollers read for ${reader.arn}, and from a network of their own`;
  if (network !== '' && caller) {
    const message = `requires ${network}: ${caller}, so the reader may be denied; remove that from the statement by hand`;
    findings.push({ code: 'network-condition', message });
  }
  const kept = keptCondition(statement, expected);
  if (kept !== undefined) {
    const message = `keeps ${kept}, beyond what is asked for: it allows the reader only while that holds`;
    findings.push({ code: 'condition-kept', message });
  }
  return findings;
}

/** What may still let the reader read. */
export function ofRemoval(statement: Statement, left: Access): Finding[] {
  const { arn } = left.reader;
  const remaining = remainingAccess(statement, left);
  if (remaining) return [{ code: 'still-allowed', message: remaining.message }];
  if (allowsByName(statement, arn)) {
    const message = `still allows ${arn} something other than reading this stream, and is left as it is`;
    return [{ code: 'still-named', message }];
  }
  return sameNameElsewhere(statement, left.reader).map((other) => ({
    code: 'same-name',
    message: sameNameText(other),
  }));
}

/** What says that the reader's own statement allows nothing any more, or not yet. */
function timeLimit(
  { Condition }: Statement,
  validity: 'over' | 'later',
  now: Date | undefined,
): ConditionEntry | undefined {
  return conditionEntries(Condition).find((entry) => validityOf(entry, now) === validity);
}

/** Whether `--condition expires` takes the place of the entry. */
function isRenewable({ operator, key }: ConditionEntry): boolean {
  return /^datelessthan(equals)?(ifexists)?$/i.test(operator) && sameName(key, 'aws:CurrentTime');
}

/** What the reader's own statement is narrowed by beyond what is asked for; undefined for nothing. */
function keptCondition(statement: Statement, expected: Statement): string | undefined {
  const kept = conditionOf(beyondOurs(statement.Condition, expected.Condition));
  return kept && conditionTexts(kept).join(' and ');
}

/**
 * The keys of the caller's network that the statement requires. In the policy of a key they stand for the network of
 * Kinesis, which calls Decrypt for the reader (KMS Developer Guide, "Use VPC endpoints to control access": such requests
 * "might fail").
 */
function networkKeys({ Condition }: Statement): string[] {
  return conditionEntries(Condition)
    .filter(({ operator, key }) => NETWORK_KEY.test(key) && !holdsWithoutKey(operator))
    .map(({ key }) => key);
}

const NETWORK_KEY = /^aws:(sourcevpce|sourcevpc|sourcevpcarn|vpcsourceip|sourceip)$/i;
