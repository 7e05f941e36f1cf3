import type * as z from 'zod';
import type { ConfigurationProblem } from '../errors/errors.js';
import { maySecret } from '../errors/secrets.js';
import { configKeys, environmentName, isConfigKey } from './config-keys.js';
import { stockKeys } from './stock-keys.js';

/** A value as the user gave it. */
export interface Given {
  key: string;
  text: string;
  /** The key as the user wrote it, with its source. */
  label: string;
}

/**
 * What a schema says against the given values, one problem a key.
 *
 * @param prefix of the keys in `given`: empty, or `streams.<n>.`
 */
export function unreadable(
  issues: readonly z.core.$ZodIssue[],
  given: Map<string, Given>,
  prefix = '',
): ConfigurationProblem[] {
  return configKeys.flatMap(({ key, flag, environment, expects }) => {
    const issue = issues.find(({ path }) => path[0] === key);
    if (!issue) return [];
    const value = given.get(prefix + key);
    if (value)
      return [
        { key: value.label, message: issue.code === 'custom' ? issue.message : unusable(value, expects) },
      ];
    const ways =
      prefix === ''
        ? `${flag} <${expects}>, in the environment as ${environment}, or as '${key} = …' in the properties file`
        : `'${prefix}${key} = …' in the properties file, or in the environment as ${environmentName(prefix + key)}`;
    return [{ key: prefix + key, message: `is missing; give it as ${ways}` }];
  });
}

/** Stock keys that pass through, but whose values KCL would misread. */
export function malformed(given: Map<string, Given>): ConfigurationProblem[] {
  return [...given.values()].flatMap((value) => {
    const form = isConfigKey(value.key) ? undefined : stockKeys.get(value.key);
    if (!form || form.pattern.test(value.text.trim())) return [];
    return [{ key: value.label, message: unusable(value, form.expects) }];
  });
}

/** Values of keys that may hold credentials are never shown. */
export function unusable({ key, text }: Given, expects: string): string {
  const shown = maySecret(key) ? 'its value' : `'${text.trim()}'`;
  return `${shown} can't be used${atTimestamp(key, text)}; expected ${expects}`;
}

/** KCL's name for a position that is given by another key. */
function atTimestamp(key: string, text: string): string {
  if (!key.endsWith('initialPositionInStream') || !/^AT_TIMESTAMP$/i.test(text.trim())) return '';
  const meant = `${key}Extended`;
  return `: give the time instead, as ${meant} (${environmentName(meant)}), in seconds since 1970`;
}

export type Report = (value: Given | undefined, message: string) => void;

/** Of a value that is given. */
export function reportTo(problems: ConfigurationProblem[]): Report {
  return (value, message) => {
    if (value) problems.push({ key: value.label, message: `'${value.text.trim()}' ${message}` });
  };
}

/** The candidate that a mistyped name is most likely meant to be; none when all of them are far off. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    // No closer than their lengths are, and much quicker to tell: a wrong file may have thousands of unknown names.
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
