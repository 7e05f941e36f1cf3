import type { StreamArn } from '../aws/arn.js';
import type { ReaderArn } from '../aws/reader-arn.js';
import { matchesPattern } from './patterns.js';
import { listOf, type Statement } from './types.js';

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
  if (Resource === undefined) return resource.split(':')[2] !== 'kms';
  return listOf(Resource).some((pattern) => matchesPattern(pattern.replaceAll(VARIABLE, '*'), resource));
}

function names({ Action, NotAction }: Statement, action: string): boolean {
  const matches = (pattern: string) => matchesPattern(pattern.toLowerCase(), action.toLowerCase());
  if (NotAction !== undefined) return !listOf(NotAction).some(matches);
  return listOf(Action).some(matches);
}
