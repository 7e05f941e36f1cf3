import { isFields } from '../iam/api-call.js';
import { checkGrammar, type GrammarOf } from '../iam/grammar.js';
import { type Policy, PolicyError } from '../iam/types.js';

/**
 * A policy from its text, whatever its statements say.
 *
 * @throws PolicyError
 */
export function parsePolicy(text: string, what: string): Policy {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch (error) {
    throw new PolicyError(`${what} is not JSON: ${(error as Error).message}`);
  }
  if (!isFields(policy)) throw new PolicyError(`${what} is not an object`);
  if (policy.Statement === undefined) throw new PolicyError(`${what} has no Statement`);
  return policy as unknown as Policy;
}

/**
 * A policy from its text, which can be evaluated.
 *
 * @throws PolicyError
 */
export function parseValidPolicy(text: string, of: GrammarOf, what: string): Policy {
  const policy = parsePolicy(text, what);
  checkGrammar(policy, of, what);
  return policy;
}
