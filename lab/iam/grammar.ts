import type { ValueType } from './condition-values.js';
import { parseOperator } from './conditions.js';
import { checkElements, checkPolicy } from './evaluate.js';
import { listOf, type Policy, PolicyError, type PolicyType, type Statement } from './types.js';

const TEXTS: readonly (keyof Statement)[] = ['Action', 'NotAction', 'Resource', 'NotResource'];
const PRINCIPALS: readonly (keyof Statement)[] = ['Principal', 'NotPrincipal'];
const KINDS = ['AWS', 'Service', 'Federated', 'CanonicalUser'];
const TOP: readonly string[] = ['Version', 'Id', 'Statement'];
const ELEMENTS: readonly string[] = ['Sid', 'Effect', 'Condition', ...TEXTS, ...PRINCIPALS];

/** A key policy has rules of its own among the resource-based ones. */
export type GrammarOf = PolicyType | 'key';

/**
 * The grammar of a whole policy ("Grammar of the IAM JSON policy language"), which AWS checks when a policy is stored.
 *
 * @param what `the policy of arn:…`, for the message
 * @throws PolicyError
 */
export function checkGrammar(policy: Policy, of: GrammarOf, what: string): void {
  try {
    if (!isObject(policy)) throw new PolicyError('it is not an object');
    checkNames(policy, TOP, 'policy');
    if (policy.Id !== undefined && typeof policy.Id !== 'string')
      throw new PolicyError('an Id is not a text');
    checkPolicy(policy);
    for (const statement of listOf(policy.Statement)) {
      checkTypes(statement);
      checkElements(statement, of === 'key' ? 'resource-based' : of, of === 'key');
    }
  } catch (error) {
    if (error instanceof PolicyError) throw new PolicyError(`${what} is not valid: ${error.message}`);
    throw error;
  }
}

/** What JSON leaves open. */
function checkTypes(statement: Statement): void {
  if (!isObject(statement)) throw new PolicyError('a Statement is not an object');
  checkNames(statement, ELEMENTS, 'statement');
  if (statement.Sid !== undefined && typeof statement.Sid !== 'string')
    throw new PolicyError('a Sid is not a text');
  for (const name of TEXTS) checkTexts(name, statement[name]);
  for (const name of PRINCIPALS) checkPrincipal(name, statement[name]);
  checkCondition(statement.Condition);
}

function checkNames(value: object, known: readonly string[], what: string): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new PolicyError(`there is no element '${unknown}' in a ${what}`);
}

/** A block without operators, an operator without keys and a key without values are valid, and compare nothing. */
function checkCondition(condition: unknown): void {
  if (condition === undefined) return;
  if (!isObject(condition)) throw new PolicyError('a Condition is not an object');
  for (const [operator, keys] of Object.entries(condition)) {
    const { type } = parseOperator(operator);
    if (!isObject(keys)) throw new PolicyError(`the condition operator '${operator}' has no keys`);
    for (const [key, value] of Object.entries(keys)) {
      if (!/^[^:]+:./.test(key)) {
        throw new PolicyError(
          `there is no condition key '${key}': a key begins with its service, such as aws:`,
        );
      }
      for (const one of Array.isArray(value) ? value : [value])
        checkValue(one, type, `${operator} of ${key}`);
    }
  }
}

function checkValue(value: unknown, type: ValueType, what: string): void {
  const isValue = ['string', 'number', 'boolean'].includes(typeof value);
  if (!isValue || !type.takes(String(value))) {
    throw new PolicyError(`${what} has the value ${JSON.stringify(value)}, which is not ${type.name}`);
  }
}

function checkTexts(name: string, value: unknown): void {
  if (value === undefined) return;
  const texts = Array.isArray(value) ? value : [value];
  if (texts.length === 0 || texts.some((text) => typeof text !== 'string')) {
    throw new PolicyError(`${name} is neither a text nor a list of texts`);
  }
}

function checkPrincipal(name: string, value: unknown): void {
  if (value === undefined || value === '*') return;
  if (!isObject(value) || Object.keys(value).length === 0) {
    throw new PolicyError(`${name} is neither '*' nor an object`);
  }
  for (const [kind, texts] of Object.entries(value)) {
    if (!KINDS.includes(kind)) throw new PolicyError(`there is no kind of ${name} '${kind}'`);
    checkTexts(`${name}.${kind}`, texts);
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
