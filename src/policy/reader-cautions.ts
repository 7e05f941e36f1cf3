import type { Finding, Surroundings } from './cautions.js';
import { entryText, whileHolds } from './condition-entries.js';
import { type Access, isKey } from './coverage.js';
import { denialText } from './denials.js';
import { isEarlier } from './merge.js';
import { beyondOurs, isRenewable, keptCondition, networkKeys, timeLimit } from './own-statement.js';
import { allowsByName } from './principals.js';
import { contradictionOf } from './reader-conditions.js';
import { remainingAccess, sameNameElsewhere, sameNameText } from './remaining-access.js';
import { listOf, type Statement } from './types.js';

/** What may keep the reader from reading, or narrows its own statement, or lets it read without what narrows that. */
export function ofReader(statement: Statement, around: Surroundings, left: Access): Finding[] {
  const denied = denialText(statement, around);
  if (denied !== undefined) return [{ code: 'deny', message: denied }];
  const { expected, narrowedBy } = around;
  if (expected !== undefined && isEarlier(statement, expected)) return ofOwn(statement, expected, around);
  const bypass = narrowedBy && remainingAccess(statement, left);
  if (!bypass || beyondOurs(narrowedBy, statement.Condition).length === 0) return [];
  const verb = bypass.verb === 'still allows' ? 'allows' : 'may allow';
  const message = `${verb} ${around.reader.arn} ${bypass.actions.join(', ')}${whileHolds(statement.Condition)}, without what --condition asks for: take the reader out of it, or narrow it in the same way`;
  return [{ code: 'condition-bypassed', message }];
}

function ofOwn(statement: Statement, expected: Statement, around: Surroundings): Finding[] {
  const { reader, now } = around;
  const findings: Finding[] = [];
  const [over, later] = [timeLimit(statement, 'over', now), timeLimit(statement, 'later', now)];
  const never = over === undefined ? contradictionOf(statement.Condition, around) : undefined;
  if (over !== undefined) {
    const remedy = isRenewable(over)
      ? 'policy apply with --condition expires=<date and time> renews it'
      : `take ${over.key} ${over.operator} out of the statement by hand`;
    const message = `expired on ${listOf(over.values).join(' or ')}: ${reader.arn} has no access through it; ${remedy}`;
    findings.push({ code: 'expired', message });
  }
  if (later !== undefined) {
    const message = `allows ${reader.arn} nothing before ${listOf(later.values).join(' or ')}`;
    findings.push({ code: 'not-yet', message });
  }
  if (never !== undefined) {
    const message = `never allows ${reader.arn} anything, since no call of it has ${never.map((entry) => entryText(entry)).join(' and ')}; take that out of the statement by hand`;
    findings.push({ code: 'never-allows', message });
  }
  const network = networkKeys(statement).join(' and ');
  const caller = isKey(around.resource)
    ? `Kinesis calls Decrypt for ${reader.arn}, and from a network of its own`
    : around.for === 'lambda' && `Lambda's pollers read for ${reader.arn}, and from a network of their own`;
  if (network !== '' && caller) {
    const message = `requires ${network}: ${caller}, so the reader may be denied; take that out of the statement by hand`;
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
  return sameNameElsewhere(statement, left).map((other) => ({
    code: 'same-name',
    message: sameNameText(other),
  }));
}
