import type * as z from 'zod';
import type { ConfigurationProblem } from '../errors/errors.js';
import { maySecret } from '../errors/secrets.js';
import { configKeys, isConfigKey } from './config-keys.js';
import { environmentName } from './names.js';
import type { Given } from './sources.js';
import { stockKeys } from './stock-keys.js';

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
