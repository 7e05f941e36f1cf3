import type { ReaderArn } from '../aws/reader-arn.js';
import { matchesPattern } from './patterns.js';
import { awsPrincipals } from './principals.js';
import { listOf, type Statement } from './types.js';

/** What a reader is to do with what the policy is attached to. */
export interface Access {
  readonly reader: ReaderArn;
  readonly actions: readonly string[];
  /** The ARN of what the policy is attached to. */
  readonly resource: string;
}

/** Which of the actions the statement denies the reader; with a condition, only while that holds. */
export function deniedActions(statement: Statement, { reader, actions, resource }: Access): string[] {
  if (statement.Effect !== 'Deny' || !concerns(statement, reader) || !reaches(statement, resource)) return [];
  return actions.filter((action) => names(statement, action));
}

/** A principal that is the reader, its account, one of its sessions, or everyone. */
function concerns({ Principal, NotPrincipal }: Statement, reader: ReaderArn): boolean {
  // Who is not named there is denied; to name the account does not spare its roles (IAM User Guide, NotPrincipal).
  if (NotPrincipal !== undefined) return !awsPrincipals(NotPrincipal).includes(reader.arn);
  const { arn, partition, account, kind, name } = reader;
  const sessions = `arn:${partition}:sts::${account}:assumed-role/${name}/`;
  return awsPrincipals(Principal).some(
    (principal) =>
      ['*', arn, account, `arn:${partition}:iam::${account}:root`].includes(principal) ||
      (kind === 'role' && principal.startsWith(sessions)),
  );
}

function reaches({ Resource, NotResource }: Statement, resource: string): boolean {
  const matches = (pattern: string) => matchesPattern(pattern, resource);
  if (NotResource !== undefined) return !listOf(NotResource).some(matches);
  return Resource === undefined || listOf(Resource).some(matches);
}

function names({ Action, NotAction }: Statement, action: string): boolean {
  const matches = (pattern: string) => matchesPattern(pattern.toLowerCase(), action.toLowerCase());
  if (NotAction !== undefined) return !listOf(NotAction).some(matches);
  return listOf(Action).some(matches);
}
