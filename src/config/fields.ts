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
  /** A key of the stock MultiLangDaemon: it goes to the launcher. */
  kcl?: true;
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
