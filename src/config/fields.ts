import * as z from 'zod';

/** What the documentation and the error messages say about a key. */
export interface KeyInfo {
  description: string;
  /** What a value looks like. */
  expects: string;
  /** What the default is, where it depends on something else. */
  defaultText?: string;
  /** The stock MultiLangDaemon's default, where ours differs. */
  stock?: string;
  /** A key of the stock MultiLangDaemon: the launcher gets it under this name. */
  kcl?: true;
  /** A key of ours that the launcher reads too (LauncherSettings.java): it gets it as `launcher.<key>`. */
  launcher?: true;
  /** Of one stream: with several it is given as `streams.<n>.<key>`. */
  perStream?: true;
  /** The flag may stand alone. */
  boolean?: true;
}

/** The largest delay that Node's timers and Java's ints both hold. */
const MAX = 2 ** 31 - 1;
export const info = z.registry<KeyInfo>();
export const text = z.string();
export const url = z.url({ protocol: /^https?$/ });
export const ms = 'whole number of milliseconds';
export const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;
/** IAM User Guide, "Access to AWS accounts owned by third parties". */
export const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

export const whole = (min: number, max = MAX) =>
  text
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));

/** Case does not matter, as in KCL; the result has the case of the option. */
export function choice<const T extends readonly string[]>(...options: T) {
  const find = (given: string) => options.find((option) => option.toLowerCase() === given.toLowerCase());
  return text.transform((given) => find(given) ?? given).pipe(z.enum(options));
}

export function parsed<T>(parse: (given: string) => T) {
  return text.transform((given, context) => {
    try {
      return parse(given);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

export function bool(standard: 'true' | 'false') {
  return z
    .stringbool({ truthy: ['true', 'yes', 'y', 'on', '1'], falsy: ['false', 'no', 'n', 'off', '0'] })
    .prefault(standard);
}

/** 5138, in seconds; 1973, in milliseconds. Microseconds and nanoseconds begin a thousand and a million times higher. */
const FIRST_MILLISECONDS = 100_000_000_000;
const UNITS = ['milliseconds', 'microseconds', 'nanoseconds'] as const;

interface PastSeconds {
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
