import { visible } from '../errors/visible.js';
import type { FieldChange, StatementChange } from '../policy/diff.js';
import { policySize, SIZE_LIMITS } from '../policy/size.js';
import { type Condition, listOf, type Principal, type Statement } from '../policy/types.js';
import type { PolicyChange } from '../sharing/policy-change.js';
import { nameOf } from '../sharing/policy-store.js';
import type { SharePlan } from '../sharing/share-plan.js';

export const DIFF_OUTPUTS = ['text', 'json'] as const;

/** As a reviewer wants to read it: what comes and goes, what stays, and what is dangerous. */
export function renderPlan(plan: SharePlan, steps: readonly string[]): string {
  const notes = [...plan.notes, ...plan.remaining].map((note) => `! ${visible(note)}\n`);
  return [...plan.changes.map(policy), ...notes, stepsText(steps)].filter(Boolean).join('\n');
}

/** The schema is documented in docs/policy.md. */
export function planAsJson({ encryption, changes, notes }: SharePlan, steps: readonly string[]): string {
  const { kind } = encryption;
  const key =
    kind === 'customer-managed' ? encryption.key.arn : kind === 'aws-managed' ? encryption.keyId : null;
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
  return `${JSON.stringify({ encryption: { kind, key }, policies, notes, steps }, undefined, 2)}\n`;
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
      ? 'nothing is left of it: it will be deleted'
      : 'there is none';
  const lines = [
    `${nameOf(store).replace('the p', 'P')} (${outcome})`,
    ...statements.flatMap(statementLines),
    ...cautions.map(({ statement, sid, message }) => `  ! ${sid ?? `statement ${statement}`} ${message}`),
  ];
  return `${lines.map(visible).join('\n')}\n`;
}

function statementLines(change: StatementChange): string[] {
  switch (change.change) {
    case 'added':
      return whole('+', change.after);
    case 'removed':
      return whole('-', change.before);
    case 'unchanged':
      return [`  = ${title(change.before)}`];
    case 'changed':
      return [`  ~ ${title(change.after)}`, ...change.fields.flatMap(fieldLines)];
  }
}

function title({ Sid, Effect, Principal, NotPrincipal }: Statement): string {
  const who = (Principal ?? NotPrincipal) as Principal;
  const names = texts(who).join(', ');
  return `${Sid ?? '(no Sid)'}: ${Effect} ${NotPrincipal === undefined ? '' : 'all but '}${names}`;
}

function whole(sign: string, statement: Statement): string[] {
  const {
    Sid: _sid,
    Effect: _effect,
    Principal: _principal,
    NotPrincipal: _not,
    Condition,
    ...rest
  } = statement;
  return [
    `  ${sign} ${title(statement)}`,
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

function conditionTexts(condition: Condition | undefined): string[] {
  return Object.entries(condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => `${key} ${operator} ${listOf(values).join(' or ')}`),
  );
}

/** The single values of a field: of lists their items, of objects `key: value`. */
function texts(value: unknown): string[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [String(value)];
  if (Array.isArray(value)) return value.flatMap(texts);
  return Object.entries(value).flatMap(([key, items]) => texts(items).map((text) => `${key}: ${text}`));
}
