import { type ConditionEntry, sameName } from './condition-entries.js';
import { listOf } from './types.js';

/** When a condition on the time of the call holds: no more, not yet, or neither is known. */
export type Validity = 'over' | 'later' | undefined;

const OPERATOR =
  /^(?:ForA(?:ny|ll)Values?:)?(?:Date|Numeric)(LessThan|GreaterThan|Equals)(?:Equals)?(?:IfExists)?$/i;

export function validityOf({ operator, key, values }: ConditionEntry, now = new Date()): Validity {
  const comparison = OPERATOR.exec(operator)?.[1]?.toLowerCase();
  const known =
    sameName(key, 'aws:EpochTime') || (sameName(key, 'aws:CurrentTime') && /Date/i.test(operator));
  const times = listOf(values).map((value) => timeOf(String(value)));
  // Nothing is known of a time that can't be read.
  if (comparison === undefined || !known || times.length === 0 || times.some(Number.isNaN)) return undefined;
  if (comparison !== 'greaterthan' && Math.max(...times) <= now.getTime()) return 'over';
  if (comparison !== 'lessthan' && Math.min(...times) > now.getTime()) return 'later';
  return undefined;
}

/** A date of ISO 8601, or seconds since 1970 (IAM User Guide, date condition operators). A year has four digits. */
function timeOf(text: string): number {
  return /^\d{5,}$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}
