import { parsePastSeconds } from './past-seconds.js';

/** Clocks differ; a stream may have been made a moment ago. */
const CLOCK_SKEW_S = 300;

/** A stream's creation epoch in seconds since 1970, or `auto`. @throws Error saying what was expected */
export function parseCreationEpoch(text: string): number | 'auto' {
  if (text === 'auto') return text;
  return parsePastSeconds(text, {
    name: 'a creation epoch',
    expected: 'auto, or the seconds since 1970 above 0',
    skewS: CLOCK_SKEW_S,
  });
}
