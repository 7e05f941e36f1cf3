import { PolicyError } from '../errors/errors.js';
import { nestingOf } from './nesting.js';
import { repeatedName } from './repeated-name.js';
import { statementName } from './sids.js';
import { listOf, type PolicyDocument, type Statement, VERSIONS } from './types.js';

/**
 * Attached to a resource, a policy says whom it is about; attached to an identity it must not. KMS takes statements of a
 * key that lack Action or Resource, and ignores them (KMS API Reference, PutKeyPolicy).
 */
export type PolicyKind = 'resource' | 'key' | 'identity';

/** JSON.stringify gives up at some thousands, which JSON.parse takes; element names that are unknown here may be deep. */
const MAX_NESTING = 64;

type Fields = Readonly<Record<string, unknown>>;

const PAIRS = [
  ['Action', 'NotAction'],
  ['Resource', 'NotResource'],
] as const;

/**
 * A policy as AWS keeps it. A single statement is taken for a list of one; else everything stays as it is, also elements
 * that are unknown here: what is written back must not have lost any.
 *
 * @param name of the policy, for the messages
 * @throws PolicyError that says what is wrong and where
 */
export function parsePolicy(
  text: string,
  { name = 'the policy', kind = 'resource' }: { name?: string; kind?: PolicyKind } = {},
): PolicyDocument {
  const found = parseJson(text, name);
  const fail = (problem: string) => new PolicyError(`${name} can't be used: ${problem}`, { hint: HINT });
  if (!isObject(found)) throw fail(`it is ${kindOf(found)}, not an object`);
  const nesting = nestingOf(text);
  if (nesting > MAX_NESTING) throw fail(`it is nested ${nesting} deep, and AWS's grammar needs 6`);
  const repeated = repeatedName(text);
  if (repeated !== undefined) throw fail(`'${repeated}' stands twice in one object, and only one counts`);
  const { Version, Id, Statement: given } = found;
  if (Version !== undefined && !VERSIONS.some((version) => version === Version)) {
    throw fail(`its Version is ${show(Version)}, and ${VERSIONS.join(' and ')} are known`);
  }
  if (Id !== undefined && typeof Id !== 'string') throw fail(`its Id is ${kindOf(Id)}, not a text`);
  if (given === undefined) throw fail('it has no Statement');
  if (typeof given !== 'object' || given === null) {
    throw fail(`its Statement is ${kindOf(given)}, not an object or a list of them`);
  }
  const statements: unknown[] = Array.isArray(given) ? given : [given];
  for (const [index, statement] of statements.entries()) {
    const problem = isObject(statement)
      ? problemOf(statement, kind)
      : `is ${kindOf(statement)}, not an object`;
    if (problem) throw fail(`${placeOf(statement, index)} ${problem}`);
  }
  return { ...found, Statement: statements as unknown as Statement[] } as PolicyDocument;
}

const HINT = 'Correct it by hand first.';

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PolicyError(`${name} can't be used: it is not JSON (${(cause as Error).message})`, {
      hint: HINT,
      cause,
    });
  }
}

/** What is wrong with the statement, to be read after its name. */
function problemOf(statement: Fields, kind: PolicyKind): string | undefined {
  const { Sid, Effect, Principal, NotPrincipal, Condition } = statement;
  if (Sid !== undefined && typeof Sid !== 'string') return `has a Sid that is ${kindOf(Sid)}, not a text`;
  if (Effect === undefined) return 'has no Effect';
  if (Effect !== 'Allow' && Effect !== 'Deny') return `has the Effect ${show(Effect)}, not Allow or Deny`;
  if (kind !== 'identity') {
    if (Principal === undefined && NotPrincipal === undefined) return 'has no Principal';
    if (Principal !== undefined && NotPrincipal !== undefined) return 'has both Principal and NotPrincipal';
    if (!isPrincipal(Principal ?? NotPrincipal, kind))
      return 'has a Principal that is not "*" or texts by their kind';
  } else if (Principal !== undefined || NotPrincipal !== undefined) {
    return 'has a Principal, which the policy of an identity must not have';
  }
  for (const [one, other] of PAIRS) {
    const value = statement[one] ?? statement[other];
    if (statement[one] !== undefined && statement[other] !== undefined) return `has both ${one} and ${other}`;
    // A resource policy may leave out the resource, which is then the one that it is attached to.
    const required = kind !== 'key' && (one === 'Action' || kind === 'identity');
    if (value === undefined && required) return `has no ${one}`;
    if (value !== undefined && !isTexts(value, kind))
      return `has ${one}s that are not a text or a list of texts`;
  }
  if (Condition !== undefined && !isCondition(Condition)) {
    return 'has a Condition that is not values by key, by operator';
  }
  return undefined;
}

function placeOf(statement: unknown, index: number): string {
  const { Sid } = isObject(statement) ? statement : {};
  return statementName(typeof Sid === 'string' ? { Sid } : {}, index + 1, true);
}

function isPrincipal(value: unknown, kind: PolicyKind): boolean {
  if (value === '*') return true;
  if (!isObject(value) || (Object.keys(value).length === 0 && kind !== 'key')) return false;
  return Object.values(value).every((names) => isTexts(names, kind));
}

function isCondition(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.values(value).every((keys) => isObject(keys) && Object.values(keys).every(isConditionValue))
  );
}

function isConditionValue(value: unknown): boolean {
  return listOf(value).every(
    (item) =>
      typeof item === 'string' ||
      typeof item === 'boolean' ||
      // A larger one would come back as another number.
      (typeof item === 'number' && Math.abs(item) <= Number.MAX_SAFE_INTEGER),
  );
}

/** An empty list stands for nothing, which only a key's policy may say. */
function isTexts(value: unknown, kind: PolicyKind): boolean {
  const list = listOf(value);
  return list.every((item) => typeof item === 'string') && (list.length > 0 || kind === 'key');
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`.replace('a object', 'an object');
}

function show(value: unknown): string {
  return JSON.stringify(value).slice(0, 60);
}
