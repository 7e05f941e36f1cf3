import type * as z from 'zod';
import type { ConfigurationProblem } from '../errors/errors.js';
import { configKeys, schema } from './schema.js';
import type { Given } from './sources.js';
import { stockKeys } from './stock-keys.js';

/** What the schema says against the given values, one problem a key. */
export function unreadable(
  issues: readonly z.core.$ZodIssue[],
  given: Map<string, Given>,
): ConfigurationProblem[] {
  return configKeys.flatMap(({ key, flag, environment, expects }) => {
    const issue = issues.find(({ path }) => path[0] === key);
    if (!issue) return [];
    const value = given.get(key);
    if (value)
      return [
        { key: value.label, message: issue.code === 'custom' ? issue.message : unusable(value, expects) },
      ];
    const ways = `${flag} <${expects}>, in the environment as ${environment}, or as '${key} = …' in the properties file`;
    return [{ key, message: `is missing; give it as ${ways}` }];
  });
}

/** Stock keys that pass through, but whose values KCL would misread. */
export function malformed(given: Map<string, Given>): ConfigurationProblem[] {
  return [...given.values()].flatMap((value) => {
    const form = value.key in schema.shape ? undefined : stockKeys.get(value.key);
    if (!form || form.pattern.test(value.text.trim())) return [];
    return [{ key: value.label, message: unusable(value, form.expects) }];
  });
}

/** Values of keys that may hold credentials are never shown. */
export function unusable({ key, text }: Given, expects: string): string {
  const shown = /credential|secret|token|password/i.test(key) ? 'its value' : `'${text.trim()}'`;
  return `${shown} can't be used; expected ${expects}`;
}

/** Needs only the parts that can be read, so that these are reported along with everything else. */
export function contradictions(
  texts: Record<string, string>,
  given: Map<string, Given>,
  streamName: Given | undefined,
) {
  const problems: ConfigurationProblem[] = [];
  const stream = schema.shape.streamArn.safeParse(texts.streamArn).data;
  if (!stream) return problems;
  const report = (value: Given | undefined, message: string) =>
    value && problems.push({ key: value.label, message: `'${value.text.trim()}' ${message}` });

  const consumer = schema.shape.consumerArn.safeParse(texts.consumerArn).data;
  if (consumer && consumer.streamArn !== stream.arn) {
    report(
      given.get('consumerArn'),
      `is the consumer ARN of another stream; expected one that starts with ${stream.arn}`,
    );
  }
  report(given.get('fanoutConfig.consumerArn'), 'would be ignored; give it as consumerArn');
  const mode = schema.shape.retrievalMode.safeParse(texts.retrievalMode).data;
  if (mode === 'FANOUT' && texts.consumerArn === undefined) {
    report(given.get('retrievalMode'), 'needs consumerArn, the ARN of a consumer that the owner shares');
  }
  if (mode === 'POLLING' && consumer) {
    report(given.get('retrievalMode'), 'contradicts consumerArn; expected FANOUT, or leave it out');
  }
  if (texts.regionName !== stream.region) {
    report(given.get('regionName'), `contradicts streamArn; expected ${stream.region}, or leave it out`);
  }
  if (streamName?.text.trim() !== stream.streamName) {
    report(streamName, `contradicts streamArn; expected ${stream.streamName}, or leave it out`);
  }
  return problems;
}
