import { READ_ACTIONS } from './actions.js';
import { sameStatement } from './canonical.js';
import { isWithin } from './key-conditions.js';
import { withOurs } from './own-statement.js';
import { awsPrincipals, isGone, withoutConditionedPrincipal, withoutPrincipal } from './principals.js';
import { listOf, type PolicyDocument, type Statement } from './types.js';

/** A statement as `grantRead` makes it: with a Sid, for one reader. */
export type ReaderStatement = Statement;

/**
 * The policy with a reader's statement in it. All others stay as they are and where they are; an earlier one of the same
 * reader is replaced at its place, and keeps the conditions that narrow it further. Any more of the reader's own go, since
 * one that is wider would undo what narrows the first. What is there already comes back unchanged.
 */
export function mergeStatement(policy: PolicyDocument | undefined, added: ReaderStatement): PolicyDocument {
  const { Statement: statements, ...head } = policy ?? { Version: '2012-10-17', Statement: [] };
  const at = statements.findIndex((statement) => isEarlier(statement, added));
  const earlier = statements[at];
  if (earlier === undefined) return { ...head, Statement: [...statements, withFreeSid(added, statements)] };
  const { Condition: ours, ...rest } = added;
  const Condition = withOurs(earlier.Condition, ours);
  const next = {
    ...rest,
    ...(earlier.Sid === undefined ? {} : { Sid: earlier.Sid }),
    ...(Condition && { Condition }),
  };
  const merged = statements
    .with(at, sameStatement(earlier, next) ? earlier : next)
    .filter((statement, index) => index <= at || !isEarlier(statement, added));
  const same = merged.length === statements.length && merged[at] === earlier;
  return policy && same ? policy : { ...head, Statement: merged };
}

/**
 * The policy without the reader: without its own statements, and taken out of the statements of others that let it do
 * nothing but read this stream, whether they name it, a session of it, or its ARN in a condition on `aws:PrincipalArn`.
 * Deny, NotPrincipal, NotAction, NotResource and what grants more stay: `cautionsOf` says what of it lets the reader read.
 *
 * @returns undefined when nothing is left
 */
export function removeStatement(
  policy: PolicyDocument | undefined,
  added: ReaderStatement,
): PolicyDocument | undefined {
  if (!policy) return undefined;
  const reader = readerOf(added);
  const statements = policy.Statement.flatMap((statement) => {
    if (isEarlier(statement, added)) return [];
    if (!grantsOnlyReading(statement, added)) return [statement];
    const rest = withoutPrincipal(statement, reader);
    return (rest && withoutConditionedPrincipal(rest, reader)) ?? [];
  });
  if (statements.length === 0) return undefined;
  const changed = statements.some((statement, index) => statement !== policy.Statement[index]);
  return changed || statements.length < policy.Statement.length
    ? { ...policy, Statement: statements }
    : policy;
}

function readerOf({ Principal }: ReaderStatement): string {
  return awsPrincipals(Principal)[0] ?? '';
}

/**
 * Whether a statement is the reader's own: by the Sid, and for this reader alone. What somebody has added another principal
 * to is theirs as well. A role that was deleted and made again has its old id there.
 */
export function isEarlier(statement: Statement, added: ReaderStatement): boolean {
  const { Sid = '', Effect, Principal } = statement;
  const sid = added.Sid ?? '';
  const [name, ...more] = awsPrincipals(Principal);
  return (
    Effect === 'Allow' &&
    Sid.startsWith(sid) &&
    /^\d*$/.test(Sid.slice(sid.length)) &&
    name !== undefined &&
    (name === readerOf(added) || isGone(name)) &&
    more.length === 0 &&
    Object.keys(Principal ?? {}).length === 1
  );
}

function grantsOnlyReading(statement: Statement, added: ReaderStatement): boolean {
  const known = READ_ACTIONS.map((action) => action.toLowerCase());
  const actions = listOf(statement.Action);
  return (
    statement.Effect === 'Allow' &&
    statement.Principal !== undefined &&
    statement.NotResource === undefined &&
    actions.length > 0 &&
    actions.every((action) => known.includes(action.toLowerCase())) &&
    // A Decrypt may be for other streams or services.
    isWithin(statement.Condition, added.Condition)
  );
}

/** A number is put after a Sid that somebody else has taken. */
function withFreeSid(statement: ReaderStatement, others: readonly Statement[]): Statement {
  const taken = new Set(others.map(({ Sid }) => Sid));
  let sid = statement.Sid ?? '';
  for (let count = 2; taken.has(sid); count++) sid = `${statement.Sid}${count}`;
  return { ...statement, Sid: sid };
}
