import { listOf, type Principal, type Statement } from './types.js';

/** The AWS principals: ARNs, accounts, ids of what is gone, or `*`. */
export function awsPrincipals(principal: Principal | undefined): readonly string[] {
  if (principal === undefined) return [];
  return principal === '*' ? ['*'] : listOf(principal.AWS);
}

/** Ids that AWS shows in place of ARNs whose role or user was deleted (IAM User Guide, unique identifiers). */
const GONE = /^A(?:ROA|IDA|GPA|NPA)[A-Z0-9]{8,}$/;

export function isGone(principal: string): boolean {
  return GONE.test(principal);
}

/** Whether the statement allows something to this very principal, named by its ARN. */
export function allowsByName({ Effect, Principal }: Statement, arn: string): boolean {
  return Effect === 'Allow' && awsPrincipals(Principal).includes(arn);
}

/** The statement without this principal, or nothing if it was the only one. */
export function withoutPrincipal(statement: Statement, arn: string): Statement | undefined {
  const { Principal } = statement;
  if (Principal === undefined || Principal === '*') return statement;
  const { AWS, ...others } = Principal;
  const rest = listOf(AWS).filter((name) => name !== arn);
  if (rest.length > 0) return { ...statement, Principal: { ...Principal, AWS: rest } };
  return Object.keys(others).length > 0 ? { ...statement, Principal: others } : undefined;
}
