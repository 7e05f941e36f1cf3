import { isIP } from 'node:net';

/** What an operator takes as a value of a policy ("IAM JSON policy elements: Condition operators"). */
export interface ValueType {
  /** With its article, for messages. */
  readonly name: string;
  readonly takes: (text: string) => boolean;
}

const VARIABLE = /\$\{[^}]*\}/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const isBoolean = (text: string) => /^(true|false)$/i.test(text);

/** By the operator's name, without prefix and suffix. Strings and ARNs may be any text. */
const TYPES: readonly (readonly [RegExp, ValueType])[] = [
  [/^Numeric/, { name: 'a number', takes: (text) => !Number.isNaN(numberOf(text)) }],
  [/^Date/, { name: 'a date', takes: (text) => !Number.isNaN(timeOf(text)) }],
  [/^Bool$/, { name: 'true or false', takes: (text) => isBoolean(text) || VARIABLE.test(text) }],
  [/^Null$/, { name: 'true or false', takes: isBoolean }],
  [/^BinaryEquals$/, { name: 'Base64', takes: (text) => BASE64.test(text) }],
  [/IpAddress$/, { name: 'an IP address or range', takes: (text) => rangeOf(text) !== undefined }],
];

const ANY: ValueType = { name: 'a text', takes: () => true };

export function valueTypeOf(operator: string): ValueType {
  return TYPES.find(([names]) => names.test(operator))?.[1] ?? ANY;
}

/** NaN for a text that is not a number. */
export function numberOf(text: string): number {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

/** The W3C's forms of ISO 8601, or seconds since 1970, which are told from a year by having more than four digits. */
const W3C_DATE = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?$/;

/** In milliseconds since 1970; NaN for a text that is not a date. */
export function timeOf(text: string): number {
  if (/^\d{5,}$/.test(text)) return Number(text) * 1000;
  return W3C_DATE.test(text) ? Date.parse(text) : Number.NaN;
}

export interface AddressRange {
  readonly network: string;
  readonly prefix: number;
  readonly family: 4 | 6;
}

/** Without a prefix length the range is the one address. Undefined for a text that is not a range. */
export function rangeOf(text: string): AddressRange | undefined {
  const [, network = '', length] = /^([^/%]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(network);
  if (family !== 4 && family !== 6) return undefined;
  const longest = family === 4 ? 32 : 128;
  const prefix = Number(length ?? longest);
  return prefix > longest ? undefined : { network, prefix, family };
}
