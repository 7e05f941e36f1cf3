import type { StreamArn } from '../aws/arn.js';
import type { ReaderArn } from '../aws/reader-arn.js';
import { listOf, type Principal, type Statement } from './types.js';

/** What a reader is to do with what the policy is attached to. */
export interface Access {
  readonly reader: ReaderArn;
  readonly actions: readonly string[];
  /** The ARN of what the policy is attached to. */
  readonly resource: string;
  /** Of a key's policy: the stream whose records Kinesis decrypts for the reader. */
  readonly decryptsFor?: StreamArn | undefined;
  /** When it is asked: the present unless given. */
  readonly now?: Date | undefined;
}

/** Which of the actions the statement is about, whomever it concerns and whatever its condition. */
export function coveredActions(
  statement: Statement,
  { actions, resource }: Pick<Access, 'actions' | 'resource'>,
): string[] {
  if (!reaches(statement, resource)) return [];
  return actions.filter((action) => names(statement, action));
}

/** A policy variable. Its value is unknown here: it may make a pattern match, and does not have to. */
const VARIABLE = /\$\{[^}]*\}/g;

/** Whether the text stands for something that is unknown here. */
export function hasVariable(text: string): boolean {
  return text.includes('${');
}

function reaches({ Resource, NotResource }: Statement, resource: string): boolean {
  if (NotResource !== undefined) {
    return !listOf(NotResource).some((pattern) => matchesPattern(pattern, resource));
  }
  // KMS stores a statement without a resource, which has no effect (PutKeyPolicy, KMS API reference).
  if (Resource === undefined) return !isKey(resource);
  return listOf(Resource).some((pattern) => matchesPattern(pattern.replaceAll(VARIABLE, '*'), resource));
}

function names({ Action, NotAction }: Statement, action: string): boolean {
  const matches = (pattern: string) => matchesPattern(pattern.toLowerCase(), action.toLowerCase());
  if (NotAction !== undefined) return !listOf(NotAction).some(matches);
  return listOf(Action).some(matches);
}

/**
 * Why a statement has no effect, to be read after its name. KMS accepts a statement of a key without Action or Resource and
 * ignores it (KMS API Reference, PutKeyPolicy). In other policies a statement without Resource is about what it is
 * attached to.
 */
export function reasonWithoutEffect(statement: Statement, attachedTo: string): string | undefined {
  const ofKey = isKey(attachedTo);
  for (const [name, not] of [
    ['Action', 'NotAction'],
    ['Resource', 'NotResource'],
  ] as const) {
    if (statement[not] !== undefined) continue;
    if (statement[name] === undefined && (ofKey || name === 'Action')) {
      return `has no ${name}: ${ofKey ? 'KMS accepts it, and it' : 'it'} has no effect`;
    }
    if (statement[name] !== undefined && listOf(statement[name]).length === 0) {
      return `has an empty list as its ${name}, and no effect`;
    }
  }
  return statement.Principal !== undefined && namesNobody(statement.Principal)
    ? 'has a Principal that names nobody, and no effect'
    : undefined;
}

export function isKey(arn: string): boolean {
  return arn.split(':')[2] === 'kms';
}

function namesNobody(principal: Principal): boolean {
  return principal !== '*' && Object.values(principal).every((names) => listOf(names).length === 0);
}

/** Whether a pattern of a policy (`*` any text, `?` one character) matches the text. Actions are compared in lower case. */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let index = 0;
  let star = -1;
  let taken = 0;
  while (index < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      taken = index;
    } else if (pattern[at] === '?' || pattern[at] === text[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      // The last star takes one character more. Those before it need not: what is between them was found as early as can be.
      at = star + 1;
      index = ++taken;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

export function hasWildcard(text: string): boolean {
  return /[*?]/.test(text);
}
