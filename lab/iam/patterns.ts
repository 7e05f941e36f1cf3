import type { Context } from './types.js';

/** A policy's text, taken apart: wildcards, and characters that stand for themselves. */
type Token = string | typeof MANY | typeof ONE | typeof MANY_OF_SEGMENT | typeof ONE_OF_SEGMENT;
const MANY = Symbol('any characters');
const ONE = Symbol('any character');
const MANY_OF_SEGMENT = Symbol('any characters but colons');
const ONE_OF_SEGMENT = Symbol('any character but a colon');

/** What a policy variable stands for; undefined where the policy's version knows no variables. */
export type Variables = ((key: string) => string | undefined) | undefined;

/**
 * The variables of a policy, from a context with lower-case keys. A multivalued key can't be a variable ("IAM policy
 * elements: Variables and tags").
 */
export function variablesOf(version: string | undefined, context: Context): Variables {
  if (version !== '2012-10-17') return undefined;
  return (key) => {
    const value = context[key.toLowerCase()];
    return typeof value === 'string' ? value : undefined;
  };
}

/** Action names are compared without regard to case ("IAM JSON policy elements: Action"). */
export function actionMatches(pattern: string, action: string): boolean {
  return globMatches(wildcards(pattern.toLowerCase()), action.toLowerCase());
}

/**
 * "IAM JSON policy elements: Resource": wildcards stand within a segment, but a `*` that is a segment's last character
 * may run past its colon. What follows the fifth colon is one segment, the resource, in which a colon is like any
 * other character. Variables stand there only; one without a value makes the pattern match nothing.
 */
export function resourceMatches(pattern: string, arn: string, variables: Variables): boolean {
  // Most patterns are one of these, and each call of each shard asks.
  if (pattern === '*') return true;
  if (!/[*?$]/.test(pattern)) return pattern === arn;
  const parts = pattern.split(':');
  const head = parts.slice(0, 5);
  const resource = parts.length > 5 ? parts.slice(5).join(':') : undefined;
  const tail = resource === undefined ? [] : expand(resource, variables);
  if (tail === undefined) return false;
  const tokens = head.flatMap((segment, index) => [
    ...(index === 0 ? [] : [':']),
    ...[...segment].map((character, at): Token => {
      if (character === '?') return ONE_OF_SEGMENT;
      if (character !== '*') return character;
      return at === segment.length - 1 ? MANY : MANY_OF_SEGMENT;
    }),
  ]);
  return globMatches(resource === undefined ? tokens : [...tokens, ':', ...tail], arn);
}

/** Compares texts as StringLike does. */
export function textMatches(pattern: string, text: string, variables: Variables): boolean {
  const tokens = expand(pattern, variables);
  return tokens !== undefined && globMatches(tokens, text);
}

/** Compares ARNs as the Arn… operators do: each of the six components by itself, once variables stand for values. */
export function arnMatches(pattern: string, arn: string, variables: Variables): boolean {
  const patterns = arnComponents(expand(pattern, variables) ?? []);
  const values = arnComponents([...arn]);
  return (
    patterns.length === 6 &&
    values.length === 6 &&
    patterns.every((component, index) => globMatches(component, (values[index] ?? []).join('')))
  );
}

/** Separated by the first five colons. */
function arnComponents<T extends Token>(tokens: readonly T[]): T[][] {
  const components: T[][] = [[]];
  for (const token of tokens) {
    if (token === ':' && components.length < 6) components.push([]);
    else components.at(-1)?.push(token);
  }
  return components;
}

const wildcards = (text: string): Token[] =>
  [...text].map((character) => (character === '*' ? MANY : character === '?' ? ONE : character));

/** Tokens of a text with variables; what a variable stands for holds no wildcards. Undefined if one has no value. */
function expand(text: string, variables: Variables): Token[] | undefined {
  const tokens: Token[] = [];
  for (const { plain, variable } of pieces(text, variables)) {
    if (variable === undefined) tokens.push(...wildcards(plain));
    else if (variable.value === undefined) return undefined;
    else tokens.push(...variable.value);
  }
  return tokens;
}

/** The text with its variables replaced, for operators without wildcards. Undefined if one has no value. */
export function resolved(text: string, variables: Variables): string | undefined {
  let result = '';
  for (const { plain, variable } of pieces(text, variables)) {
    if (variable !== undefined && variable.value === undefined) return undefined;
    result += variable?.value ?? plain;
  }
  return result;
}

/** The keys of the context that a text names as variables. */
export function variableKeys(text: string, variables: Variables): string[] {
  const keys: string[] = [];
  const noting = (key: string) => {
    keys.push(key);
    return undefined;
  };
  pieces(text, variables && noting);
  return keys;
}

/** The text with a wildcard for those variables. */
export function withWildcards(text: string, keys: readonly string[]): string {
  return text.replace(VARIABLE, (whole, inside: string) => (keys.includes(keyOf(inside).key) ? '*' : whole));
}

interface Piece {
  plain: string;
  variable?: { value: string | undefined };
}

const VARIABLE = /\$\{([^}]*)\}/g;

function keyOf(inside: string): { key: string; fallback?: string | undefined } {
  const [, key = inside, fallback] = /^(.*?)\s*,\s*'(.*)'$/.exec(inside) ?? [];
  return { key: key.trim(), fallback };
}

/** `${key}`, `${key, 'default'}`, and `${*}` `${?}` `${$}` for the characters themselves. */
function pieces(text: string, variables: Variables): Piece[] {
  if (variables === undefined) return [{ plain: text }];
  // split() with one group: plain texts at even places, the insides of ${…} at odd ones.
  return text.split(VARIABLE).map((part, index) => {
    if (index % 2 === 0) return { plain: part };
    if (part === '*' || part === '?' || part === '$') return { plain: '', variable: { value: part } };
    const { key, fallback } = keyOf(part);
    return { plain: '', variable: { value: variables(key) ?? fallback } };
  });
}

/**
 * Which beginnings of the pattern match which beginnings of the text, one row for each character: many stars take no
 * more than pattern times text.
 */
function globMatches(pattern: readonly Token[], text: string): boolean {
  let row = afterStars([true, ...pattern.map(() => false)], pattern);
  for (const character of text) {
    const next = pattern.map((token, index) => {
      const before = row[index] === true;
      const stays = row[index + 1] === true;
      switch (token) {
        case MANY:
          return stays;
        case MANY_OF_SEGMENT:
          return stays && character !== ':';
        case ONE:
          return before;
        case ONE_OF_SEGMENT:
          return before && character !== ':';
        default:
          return before && token === character;
      }
    });
    row = afterStars([false, ...next], pattern);
  }
  return row[pattern.length] === true;
}

/** A star also matches nothing. */
function afterStars(row: boolean[], pattern: readonly Token[]): boolean[] {
  pattern.forEach((token, index) => {
    if (row[index] && (token === MANY || token === MANY_OF_SEGMENT)) row[index + 1] = true;
  });
  return row;
}
