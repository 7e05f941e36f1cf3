/** 5138, in seconds; 1973, in milliseconds. Microseconds and nanoseconds begin a thousand and a million times higher. */
const FIRST_MILLISECONDS = 100_000_000_000;
const UNITS = ['milliseconds', 'microseconds', 'nanoseconds'] as const;

export interface PastSeconds {
  /** For the messages, as in "KCL needs a creation epoch above 0". */
  readonly name: string;
  readonly expected: string;
  /** How far the clock that named it may be ahead of this one. */
  readonly skewS?: number;
}

/** A point in time that is over, in seconds since 1970. @throws Error saying what was expected */
export function parsePastSeconds(text: string, { name, expected, skewS = 0 }: PastSeconds): number {
  const fail = (reason: string) => new Error(`'${text}' can't be used: ${reason}; expected ${expected}`);
  if (!/^-?\d+$/.test(text)) {
    const date = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
    throw fail(Number.isNaN(date) ? 'it is not a number' : `as seconds it is ${Math.floor(date / 1000)}`);
  }
  const seconds = Number(text);
  if (seconds <= 0) throw fail(`KCL needs ${name} above 0`);
  if (seconds >= FIRST_MILLISECONDS) {
    const power = Math.min(UNITS.length, 1 + Math.floor(Math.log10(seconds / FIRST_MILLISECONDS) / 3));
    throw fail(
      `it looks like ${UNITS[power - 1]}, of which the seconds are ${Math.floor(seconds / 1000 ** power)}`,
    );
  }
  if (seconds > Date.now() / 1000 + skewS) {
    throw fail(`it is in the future, at ${new Date(seconds * 1000).toISOString()}`);
  }
  return seconds;
}
