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
  const { arn, partition, account, kind, name } = reader;
  const wholeAccount = [account, `arn:${partition}:iam::${account}:root`];
  if (NotPrincipal !== undefined) {
    // To be spared, both the reader and its account must be named (IAM User Guide, NotPrincipal).
    const spared = awsPrincipals(NotPrincipal);
    return !spared.includes(arn) || !wholeAccount.some((text) => spared.includes(text));
  }
  const sessions = `arn:${partition}:sts::${account}:assumed-role/${name}/`;
  return awsPrincipals(Principal).some(
    (principal) =>
      ['*', arn, ...wholeAccount].includes(principal) || (kind === 'role' && principal.startsWith(sessions)),
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
