import type { ReaderArn } from '../aws/reader-arn.js';
import { conditionEntries, conditionOf, sameName, valuesOf } from './condition-entries.js';
import { listOf, type Principal, type Statement } from './types.js';

/** The AWS principals: ARNs, accounts, ids of what is gone, or `*`. */
export function awsPrincipals(principal: Principal | undefined): readonly string[] {
  if (principal === undefined) return [];
  return principal === '*' ? ['*'] : listOf(principal.AWS);
}

/** Ids that AWS shows in place of ARNs whose role or user was deleted (IAM User Guide, unique identifiers). */
export const GONE = /^A(ROA|IDA|GPA|NPA)[A-Z0-9]{8,}$/;

export function isGone(principal: string): boolean {
  return GONE.test(principal);
}

/** The two ways to name a whole account. */
export function accountPrincipals({
  account,
  partition,
}: Pick<ReaderArn, 'account' | 'partition'>): string[] {
  return [account, `arn:${partition}:iam::${account}:root`];
}

/**
 * Whether a principal is the role or user with this ARN, or a session of the role. A session's ARN has lost the role's
 * path, but an account has only one role of a name.
 */
export function isReader(principal: string, arn: string): boolean {
  return principal === arn || isSessionOf(principal, arn);
}

export function isSessionOf(principal: string, roleArn: string): boolean {
  const [, partition, account, name] =
    /^arn:([^:]+):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(roleArn) ?? [];
  return name !== undefined && principal.startsWith(`arn:${partition}:sts::${account}:assumed-role/${name}/`);
}

/** Whether the statement allows something to this very principal, or to a session of it. */
export function allowsByName({ Effect, Principal }: Statement, arn: string): boolean {
  return Effect === 'Allow' && awsPrincipals(Principal).some((principal) => isReader(principal, arn));
}

/** The statement without this principal and its sessions, or nothing if there was no other. */
export function withoutPrincipal(statement: Statement, arn: string): Statement | undefined {
  const { Principal } = statement;
  if (Principal === undefined || Principal === '*') return statement;
  const { AWS, ...others } = Principal;
  const rest = listOf(AWS).filter((principal) => !isReader(principal, arn));
  if (rest.length === listOf(AWS).length) return statement;
  if (rest.length > 0) return { ...statement, Principal: { ...Principal, AWS: rest } };
  return Object.keys(others).length > 0 ? { ...statement, Principal: others } : undefined;
}

/** Operators that only the named principals pass, where no value has a wildcard. */
const NAMING = /^(?:String(?:Equals|Like)|Arn(?:Equals|Like))$/i;

/**
 * The statement without the principal that its condition names by `aws:PrincipalArn`, which is how a statement for `*` or
 * for an account is narrowed to single roles. Nothing if the condition names no other.
 */
export function withoutConditionedPrincipal(statement: Statement, arn: string): Statement | undefined {
  const entries = conditionEntries(statement.Condition);
  const at = entries.findIndex(
    (entry) =>
      NAMING.test(entry.operator) && sameName(entry.key, 'aws:PrincipalArn') && valuesOf(entry).includes(arn),
  );
  const entry = entries[at];
  if (entry === undefined) return statement;
  const values = valuesOf(entry).filter((value) => value !== arn);
  if (values.length === 0) return undefined;
  const Condition = conditionOf(entries.with(at, { ...entry, values }));
  return { ...statement, ...(Condition && { Condition }) };
}

/**
 * The principals with the reader's kind and name under another path, in the element Principal or as `aws:PrincipalArn`: as an
 * account has one of a name, either ARN is wrong.
 */
export function sameNameElsewhere({ Effect, Principal, Condition }: Statement, reader: ReaderArn): string[] {
  if (Effect !== 'Allow') return [];
  const { partition, account, kind, name, arn } = reader;
  const conditioned = conditionEntries(Condition)
    .filter(({ operator, key }) => sameName(key, 'aws:PrincipalArn') && !/not|^null$/i.test(operator))
    .flatMap(valuesOf);
  return [...new Set([...awsPrincipals(Principal), ...conditioned])].filter(
    (principal) =>
      principal !== arn &&
      principal.startsWith(`arn:${partition}:iam::${account}:${kind}/`) &&
      principal.endsWith(`/${name}`),
  );
}

/** A sentence without its subject, what names it. */
export function sameNameText(other: string): string {
  return `still names ${other}, and an account has only one role or user of a name: if that is the reader, give --reader with this path`;
}
