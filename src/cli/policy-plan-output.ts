import { visible } from '../errors/visible.js';
import type { ElsewhereChange } from '../policy/aws/key-part.js';
import type { Intent, PolicyChange } from '../policy/aws/policy-change.js';
import type { SharePlan } from '../policy/aws/share-plan.js';
import { conditionTexts } from '../policy/condition-entries.js';
import type { FieldChange, StatementChange } from '../policy/diff.js';
import { sidIn, statementName } from '../policy/sids.js';
import { nameOf, policySize, SIZE_LIMITS } from '../policy/size.js';
import type { Condition, Principal, Statement } from '../policy/types.js';

export const DIFF_OUTPUTS = ['text', 'json'] as const;

/** The plan for a reviewer: what changes, what stays, and what is dangerous. */
export function renderPlan(plan: SharePlan, steps: readonly string[]): string {
  const notes = [...plan.notes, ...plan.remaining].map((note) => `! ${visible(note)}\n`);
  return [...plan.changes.map(policy), ...notes, stepsText(steps)].filter(Boolean).join('\n');
}

/** The schema is documented in docs/policy-in-programs.md. */
export function planAsJson(
  { encryption, changes, elsewhere, notes }: SharePlan,
  steps: readonly string[],
): string {
  const { kind } = encryption;
  const key =
    kind === 'customer-managed' ? encryption.key.arn : kind === 'none' ? null : (encryption.keyId ?? null);
  const policies = changes.map(({ store, changed, after, statements, cautions }) => ({
    target: store.target,
    arn: store.arn,
    changed,
    size: after ? policySize(after) : 0,
    sizeLimit: SIZE_LIMITS[store.target],
    policy: after ?? null,
    statements,
    cautions,
  }));
  return `${JSON.stringify({ encryption: { kind, key }, policies, elsewhere, notes, steps }, undefined, 2)}\n`;
}

export function stepsText(steps: readonly string[]): string {
  if (steps.length === 0) return '';
  const numbered = steps.map((step, index) => `  ${index + 1}. ${step}`);
  return `The stream is encrypted with the AWS managed key, which can't be shared. To move it to a key of your own:\n${numbered.join('\n')}\n`;
}

function policy(change: PolicyChange): string {
  const { store, after, statements, cautions } = change;
  const outcome = after
    ? `${policySize(after)} of ${SIZE_LIMITS[store.target]} bytes`
    : change.changed
      ? 'no statement is left: it will be deleted'
      : 'there is none';
  const names = namesOf(statements);
  // Cautions are about the new policy, which has all statements but those that go, in the same order.
  const kept = names.filter((_, index) => statements[index]?.change !== 'removed');
  const lines = [
    `${nameOf(store).replace('the p', 'P')} (${outcome})`,
    ...statements.flatMap((statement, index) => statementLines(statement, names[index] ?? '')),
    ...cautions.map(({ statement, message }) => `  ! ${kept[statement - 1]} ${message}`),
  ];
  return `${lines.map(visible).join('\n')}\n`;
}

/** The place in the list of changes is that in the policy in force; what is added comes behind it. */
function namesOf(changes: readonly StatementChange[]): string[] {
  const all = changes.map((change) => (change.change === 'removed' ? change.before : change.after));
  const sids = all.map(sidIn);
  return all.map((statement, index) => {
    const repeated = sids.indexOf(sids[index]) !== sids.lastIndexOf(sids[index]);
    return statementName(statement, index + 1, repeated);
  });
}

function statementLines(change: StatementChange, name: string): string[] {
  switch (change.change) {
    case 'added':
      return whole('+', change.after, name);
    case 'removed':
      return whole('-', change.before, name);
    case 'unchanged':
      return [`  = ${title(change.before, name)}`];
    case 'changed':
      return [`  ~ ${title(change.after, name)}`, ...change.fields.flatMap(fieldLines)];
  }
}

function title({ Effect, Principal, NotPrincipal }: Statement, name: string): string {
  const names = texts(Principal ?? (NotPrincipal as Principal)).join(', ') || 'nobody';
  return `${name}: ${Effect} ${NotPrincipal === undefined ? '' : 'all but '}${names}`;
}

function whole(sign: string, statement: Statement, name: string): string[] {
  const {
    Sid: _sid,
    Effect: _effect,
    Principal: _principal,
    NotPrincipal: _not,
    Condition,
    ...rest
  } = statement;
  return [
    `  ${sign} ${title(statement, name)}`,
    ...Object.entries(rest).map(([field, value]) => `      ${field}: ${texts(value).join(', ')}`),
    ...conditionTexts(Condition).map((text) => `      Condition: ${text}`),
  ];
}

/** Of lists what has come and gone, which is what a reviewer would look for. */
function fieldLines({ field, before, after }: FieldChange): string[] {
  const split = field === 'Condition' ? (value: unknown) => conditionTexts(value as Condition) : texts;
  const [old, next] = [split(before), split(after)];
  return [
    `      ${field}:`,
    ...old.filter((text) => !next.includes(text)).map((text) => `        - ${text}`),
    ...next.filter((text) => !old.includes(text)).map((text) => `        + ${text}`),
  ];
}

/** The single values of a field: of lists their items, of objects `key: value`. */
function texts(value: unknown): string[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [String(value)];
  if (Array.isArray(value)) return value.flatMap(texts);
  return Object.entries(value).flatMap(([key, items]) => texts(items).map((text) => `${key}: ${text}`));
}

/** What the owner of another account has to change: a text that can be sent to that owner unchanged. */
export function elsewhereText(changes: readonly ElsewhereChange[], intent: Intent): string {
  return changes.map((change) => `\n${one(change, intent)}`).join('');
}

function one(change: ElsewhereChange, intent: Intent): string {
  const { account, statement, command, awsCommands } = change;
  const lines = [
    `! ${nameOf(change)} was not read: the key belongs to account ${account}, and only that account's credentials can read and change it.`,
    intent === 'apply'
      ? 'Without this statement in it the reader is denied kms:Decrypt:'
      : 'Remove this statement from it:',
    JSON.stringify(statement, undefined, 2),
    `With credentials of account ${account}:`,
    command,
    'Or with the aws CLI and jq:',
    awsCommands.trimEnd(),
  ];
  // From the first column: a here-document in the commands ends with a line that begins there.
  return `${lines
    .flatMap((line) => line.split('\n'))
    .map(visible)
    .join('\n')}\n`;
}
