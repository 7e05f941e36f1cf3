import { READ_ACTIONS } from './actions.js';
import { conditionEntries, sameName, withOurs } from './condition-entries.js';
import { changeOf, hasChanges, type StatementChange } from './diff.js';
import { awsPrincipals, isGone, withoutConditionedPrincipal, withoutPrincipal } from './principals.js';
import { STREAM_CONTEXT } from './share-conditions.js';
import { type Condition, listOf, type PolicyDocument, type Statement } from './types.js';

/** A statement as `grantRead` makes it: with a Sid, for one reader. */
export type ReaderStatement = Statement;

/**
 * The policy with a reader's statement in it. All others stay as they are and where they are; an earlier one of the same
 * reader is replaced at its place, and keeps the conditions that narrow it further. Any more of the reader's own go, since
 * one that is wider would undo what narrows the first. What is there already comes back unchanged.
 */
export function mergeStatement(policy: PolicyDocument | undefined, added: ReaderStatement): PolicyDocument {
  return changed(policy ?? { Version: '2012-10-17', Statement: [] }, changesOfMerge(policy, added));
}

/**
 * The policy without the reader: without its own statements, and taken out of the statements of others that let it do
 * nothing but read this stream, whether they name it, a session of it, or its ARN in a condition on `aws:PrincipalArn`.
 * Deny, NotPrincipal, NotAction, NotResource and what grants more stay: `cautionsOf` reports which of them let the reader
 * read.
 *
 * @returns undefined when nothing is left
 */
export function removeStatement(
  policy: PolicyDocument | undefined,
  added: ReaderStatement,
): PolicyDocument | undefined {
  const rest = policy && changed(policy, changesOfRemoval(policy, added));
  return rest?.Statement.length === 0 ? undefined : rest;
}

/**
 * What `mergeStatement` does, statement by statement: the nth change is about the nth statement, and what is added comes
 * last.
 */
export function changesOfMerge(
  before: PolicyDocument | undefined,
  added: ReaderStatement,
): StatementChange[] {
  const statements = before?.Statement ?? [];
  const first = statements.findIndex((statement) => isEarlier(statement, added));
  const changes = statements.map((statement, index) => {
    if (index === first) return changeOf(statement, replacing(statement, added));
    return changeOf(statement, isEarlier(statement, added) ? undefined : statement);
  });
  return first < 0 ? [...changes, { change: 'added', after: withFreeSid(added, statements) }] : changes;
}

/** What `removeStatement` does, statement by statement. */
export function changesOfRemoval(
  before: PolicyDocument | undefined,
  added: ReaderStatement,
): StatementChange[] {
  const reader = readerOf(added);
  return (before?.Statement ?? []).map((statement) => {
    if (isEarlier(statement, added)) return changeOf(statement, undefined);
    if (!grantsOnlyReading(statement, added)) return changeOf(statement, statement);
    const rest = withoutPrincipal(statement, reader);
    return changeOf(statement, rest && withoutConditionedPrincipal(rest, reader));
  });
}

/** The same policy where nothing changes. */
function changed(policy: PolicyDocument, changes: readonly StatementChange[]): PolicyDocument {
  if (!hasChanges(changes)) return policy;
  const Statement = changes.flatMap((change) => (change.change === 'removed' ? [] : [change.after]));
  return { ...policy, Statement };
}

function readerOf({ Principal }: ReaderStatement): string {
  return awsPrincipals(Principal)[0] ?? '';
}

/**
 * Whether a statement is the reader's own: by the Sid, and for only this reader. One with another principal
 * in it belongs to others as well. A role that was deleted and created again has its old id there.
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

/** With the Sid that is in force, and the conditions that others have added. */
function replacing({ Sid, Condition: inForce }: Statement, added: ReaderStatement): Statement {
  const { Condition: ours, ...rest } = added;
  const Condition = withOurs(inForce, ours);
  return { ...rest, ...(Sid !== undefined && { Sid }), ...(Condition && { Condition }) };
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

/** Whether a condition allows only records of streams that `ours` names to be decrypted; any does if it names none. */
function isWithin(condition: Condition | undefined, ours: Condition | undefined): boolean {
  const [given, allowed] = [streamsOf(condition), streamsOf(ours)];
  return allowed.length === 0 || (given.length > 0 && given.every((arn) => allowed.includes(arn)));
}

function streamsOf(condition: Condition | undefined): string[] {
  return conditionEntries(condition)
    .filter(({ operator, key }) => sameName(operator, 'StringEquals') && sameName(key, STREAM_CONTEXT))
    .flatMap(({ values }) => listOf(values).map(String));
}

/** A Sid that is taken gets a number. */
function withFreeSid(statement: ReaderStatement, others: readonly Statement[]): Statement {
  const taken = new Set(others.map(({ Sid }) => Sid));
  let sid = statement.Sid ?? '';
  for (let count = 2; taken.has(sid); count++) sid = `${statement.Sid}${count}`;
  return { ...statement, Sid: sid };
}
