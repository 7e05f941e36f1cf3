import { type Condition, listOf } from './types.js';

/** Each key of a condition as a person reads it, such as `aws:PrincipalOrgID StringEquals o-1`. */
export function conditionTexts(condition: Condition | undefined): string[] {
  return Object.entries(condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => `${key} ${operator} ${listOf(values).join(' or ')}`),
  );
}

/** To be put behind what a statement does; empty where it does so always. */
export function whileConditionHolds(condition: Condition | undefined): string {
  const texts = conditionTexts(condition);
  return texts.length === 0 ? '' : ` while its condition holds (${texts.join('; ')})`;
}
