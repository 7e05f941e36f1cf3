/**
 * Whether something holds: `false`, or the condition keys that it depends on and whose values are unknown. With no such
 * key it holds.
 */
export type Truth = false | readonly string[];

export const TRUE: Truth = [];

export const truth = (value: boolean): Truth => (value ? TRUE : false);

export function not(value: Truth): Truth {
  if (value === false) return TRUE;
  return value.length === 0 ? false : value;
}

/** All of them hold. */
export function and(values: readonly Truth[]): Truth {
  return values.includes(false) ? false : keysOf(values);
}

/** At least one of them holds. */
export function or(values: readonly Truth[]): Truth {
  if (values.every((value) => value === false)) return false;
  return values.some((value) => value !== false && value.length === 0) ? TRUE : keysOf(values);
}

const keysOf = (values: readonly Truth[]): readonly string[] => [
  ...new Set(values.flatMap((value) => value || [])),
];
