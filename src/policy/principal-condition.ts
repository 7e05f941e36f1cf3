import { type Condition, listOf, type Statement } from './types.js';

/** Operators that only the named principals pass, where no value has a wildcard. */
const NAMING = /^(?:String(?:Equals|Like)|Arn(?:Equals|Like))$/i;

/**
 * The statement without the principal that its condition names by `aws:PrincipalArn`, which is how a statement for `*` or
 * for an account is narrowed to single roles. Nothing if the condition names no other.
 */
export function withoutConditionedPrincipal(statement: Statement, arn: string): Statement | undefined {
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    for (const [key, values] of Object.entries(keys)) {
      if (!NAMING.test(operator) || key.toLowerCase() !== 'aws:principalarn') continue;
      const rest = listOf(values).filter((value) => value !== arn);
      if (rest.length === listOf(values).length) continue;
      if (rest.length === 0) return undefined;
      return {
        ...statement,
        Condition: { ...statement.Condition, [operator]: { ...keys, [key]: rest } } as Condition,
      };
    }
  }
  return statement;
}
