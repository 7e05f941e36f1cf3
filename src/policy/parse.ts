import * as z from 'zod';
import { PolicyError } from '../errors/errors.js';
import { statementName } from './sids.js';
import { listOf, type PolicyDocument, type Statement, VERSIONS } from './types.js';

/**
 * Attached to a resource, a policy says whom it is about; attached to an identity it must not. KMS accepts statements of a
 * key that lack Action or Resource, and ignores them (KMS API Reference, PutKeyPolicy).
 */
export type PolicyKind = 'resource' | 'key' | 'identity';

/** JSON.stringify gives up at some thousands, which JSON.parse accepts; elements that are unknown here may be deep. */
const MAX_NESTING = 64;

/**
 * A policy as AWS keeps it. A single statement becomes a list of one; everything else stays as it is, also elements that are
 * unknown here: what is written back must not have lost any.
 *
 * @param name of the policy, for the messages
 * @throws PolicyError with the place, what is there and what was expected
 */
export function parsePolicy(
  text: string,
  { name = 'the policy', kind = 'resource' }: { name?: string; kind?: PolicyKind } = {},
): PolicyDocument {
  const fail = (problem: string, cause?: unknown) =>
    new PolicyError(`${name} can't be used: ${problem}`, { remedy: 'Correct it by hand first.', cause });
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw fail(`it is not JSON (${(error as Error).message})`, error);
  }
  const { nesting, repeated } = scanJson(text);
  if (nesting > MAX_NESTING) throw fail(`it is nested ${nesting} deep, and AWS's grammar needs 6`);
  if (repeated !== undefined) throw fail(`an object has '${repeated}' twice, and only one would count`);
  const given = found as PolicyDocument | null;
  const policy = given?.Statement === undefined ? given : { ...given, Statement: listOf(given.Statement) };
  const [issue] = SCHEMAS[kind].safeParse(policy).error?.issues ?? [];
  if (issue) throw fail(issueText(policy, issue.path, issue.message));
  for (const [index, statement] of (policy as PolicyDocument).Statement.entries()) {
    const problem = problemOf(statement, kind);
    if (problem) throw fail(`${statementName(statement, index + 1, true)} ${problem}`);
  }
  return policy as PolicyDocument;
}

/** The types of the elements. Each message is what was expected. */
function schemaOf(kind: PolicyKind) {
  const list = z.array(z.string());
  // An empty list stands for nothing, which only a key's policy may say.
  const some = 'a string or a list of at least one';
  const strings =
    kind === 'key'
      ? z.union([z.string(), list], 'a string or a list of strings')
      : z.union([z.string(), list.min(1, some)], some);
  const byType = '"*" or strings by their type';
  const names = z.record(z.string(), strings, byType);
  const principal = z.union(
    [z.literal('*'), names.refine((all) => kind === 'key' || Object.keys(all).length > 0, byType)],
    byType,
  );
  // A larger number would come back as another one.
  const exact = 'a number that JavaScript keeps exactly';
  const number = z.number().min(Number.MIN_SAFE_INTEGER, exact).max(Number.MAX_SAFE_INTEGER, exact);
  const value = z.union([z.string(), z.boolean(), number]);
  const byKey = z.record(
    z.string(),
    z.union([value, z.array(value)], 'a string, a boolean, a number, or a list of them'),
    'values by key',
  );
  const statement = z.looseObject(
    {
      Sid: z.string('a string').optional(),
      Effect: z.enum(['Allow', 'Deny'], 'Allow or Deny'),
      Principal: principal.optional(),
      NotPrincipal: principal.optional(),
      Action: strings.optional(),
      NotAction: strings.optional(),
      Resource: strings.optional(),
      NotResource: strings.optional(),
      Condition: z.record(z.string(), byKey, 'values by key, by operator').optional(),
    },
    'an object',
  );
  return z.looseObject(
    {
      Version: z.enum(VERSIONS, VERSIONS.join(' or ')).optional(),
      Id: z.string('a string').optional(),
      Statement: z.array(statement),
    },
    'an object',
  );
}

const SCHEMAS = { resource: schemaOf('resource'), key: schemaOf('key'), identity: schemaOf('identity') };

/** @param path of the element that is wrong, from the policy */
function issueText(policy: unknown, path: readonly PropertyKey[], expected: string): string {
  let place = 'it';
  let value = policy;
  for (const [depth, key] of path.entries()) {
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
    if (depth !== 1 || typeof key !== 'number') continue;
    const Sid = (value as Partial<Statement> | null)?.Sid;
    place = statementName(typeof Sid === 'string' ? { Sid } : {}, key + 1, true);
  }
  const name = path.slice(typeof path[1] === 'number' ? 2 : 0).join('.');
  if (value === undefined) return `${place} has no ${name}`;
  return `${place} ${name === '' ? 'is' : `has the ${name}`} ${JSON.stringify(value).slice(0, 60)}, not ${expected}`;
}

/** What is wrong with a statement whose elements have the right types, to be read after its name. */
function problemOf(statement: Statement, kind: PolicyKind): string | undefined {
  for (const name of ['Principal', 'Action', 'Resource'] as const) {
    const given = [name, `Not${name}` as const].filter((one) => statement[one] !== undefined);
    // A resource policy may leave out the resource, which is then the one that it is attached to.
    const required = {
      Principal: kind !== 'identity',
      Action: kind !== 'key',
      Resource: kind === 'identity',
    };
    if (given.length > 1) return `has both ${given.join(' and ')}`;
    if (given.length === 0 && required[name]) return `has no ${name}`;
    if (given.length > 0 && name === 'Principal' && kind === 'identity') {
      return 'has a Principal, which the policy of an identity must not have';
    }
  }
  return undefined;
}

/** A string, or a sign that begins, ends or divides. Numbers and words are of no interest here. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g;

/**
 * How deep objects and lists are nested, and the first name that one object has twice: JSON.parse keeps the last and drops
 * the others without an error.
 *
 * @param text that JSON.parse accepts
 */
export function scanJson(text: string): { nesting: number; repeated: string | undefined } {
  /** The names so far of each object that is open; none for a list. */
  const open: Set<string>[] = [];
  let nesting = 0;
  let repeated: string | undefined;
  let last = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') nesting = Math.max(nesting, open.push(new Set()));
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const name = JSON.parse(last) as string;
      if (open.at(-1)?.has(name)) repeated ??= name;
      open.at(-1)?.add(name);
    }
    last = token;
  }
  return { nesting, repeated };
}
