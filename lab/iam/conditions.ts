import { BlockList, isIP } from 'node:net';
import { numberOf, rangeOf, timeOf, type ValueType, valueTypeOf } from './condition-values.js';
import { isUnknown } from './known-keys.js';
import { arnMatches, resolved, textMatches, type Variables, variableKeys } from './patterns.js';
import { and, type Truth, truth } from './truth.js';
import { type Condition, type Context, listOf, type OneOrMany, PolicyError } from './types.js';

/** Key names are case-insensitive ("IAM JSON policy elements: Condition"). */
export function lowerCaseKeys(context: Context): Context {
  return Object.fromEntries(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
}

/**
 * Every operator must hold for each of its keys ("Creating a condition with multiple keys or values").
 *
 * @param context with lower-case keys
 */
export function conditionsHold(block: Condition | undefined, context: Context, variables: Variables): Truth {
  // All are evaluated, so that an operator that does not exist is never overlooked.
  const results = Object.entries(block ?? {}).flatMap(([name, keys]) => {
    const operator = parseOperator(name);
    return Object.entries(keys).map(([key, value]) => {
      const values = listOf(value).map(String);
      const unknown = [key, ...values.flatMap((text) => variableKeys(text, variables))].filter((one) =>
        isUnknown(one, context),
      );
      if (unknown.length > 0) return unknown;
      return truth(holds(operator, values, context[key.toLowerCase()], variables));
    });
  });
  return and(results);
}

/** Whether one value of the request is one that the policy names. */
type Comparison = (policyValue: string, requestValue: string, variables: Variables) => boolean;

interface Operator {
  set: 'ForAllValues' | 'ForAnyValue' | undefined;
  compare: Comparison | 'null';
  negated: boolean;
  ifExists: boolean;
  /** Of the values that a policy has for it. */
  type: ValueType;
}

const equalText: Comparison = (policy, request, variables) => resolved(policy, variables) === request;
const equalTextIgnoringCase: Comparison = (policy, request, variables) =>
  resolved(policy, variables)?.toLowerCase() === request.toLowerCase();

/** No text that is not a number, or not a date, compares in any way. */
const ordered =
  (parse: (text: string) => number, test: (request: number, policy: number) => boolean): Comparison =>
  (policy, request) =>
    test(parse(request), parse(policy));
const numeric = (test: (request: number, policy: number) => boolean) => ordered(numberOf, test);
const date = (test: (request: number, policy: number) => boolean) => ordered(timeOf, test);

const equal = (a: number, b: number) => a === b;
const less = (a: number, b: number) => a < b;
const lessOrEqual = (a: number, b: number) => a <= b;
const greater = (a: number, b: number) => a > b;
const greaterOrEqual = (a: number, b: number) => a >= b;

const COMPARISONS: Readonly<Record<string, { compare: Comparison | 'null'; negated?: true }>> = {
  StringEquals: { compare: equalText },
  StringNotEquals: { compare: equalText, negated: true },
  StringEqualsIgnoreCase: { compare: equalTextIgnoringCase },
  StringNotEqualsIgnoreCase: { compare: equalTextIgnoringCase, negated: true },
  StringLike: { compare: textMatches },
  StringNotLike: { compare: textMatches, negated: true },
  NumericEquals: { compare: numeric(equal) },
  NumericNotEquals: { compare: numeric(equal), negated: true },
  NumericLessThan: { compare: numeric(less) },
  NumericLessThanEquals: { compare: numeric(lessOrEqual) },
  NumericGreaterThan: { compare: numeric(greater) },
  NumericGreaterThanEquals: { compare: numeric(greaterOrEqual) },
  DateEquals: { compare: date(equal) },
  DateNotEquals: { compare: date(equal), negated: true },
  DateLessThan: { compare: date(less) },
  DateLessThanEquals: { compare: date(lessOrEqual) },
  DateGreaterThan: { compare: date(greater) },
  DateGreaterThanEquals: { compare: date(greaterOrEqual) },
  Bool: { compare: equalTextIgnoringCase },
  BinaryEquals: { compare: (policy, request) => bytesOf(policy).equals(bytesOf(request)) },
  IpAddress: { compare: inRange },
  NotIpAddress: { compare: inRange, negated: true },
  ArnEquals: { compare: arnMatches },
  ArnNotEquals: { compare: arnMatches, negated: true },
  ArnLike: { compare: arnMatches },
  ArnNotLike: { compare: arnMatches, negated: true },
  Null: { compare: 'null' },
};

/** "IAM JSON policy elements: Condition operators". @throws PolicyError for one that does not exist */
export function parseOperator(name: string): Operator {
  const [, set, base = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(name) ?? [];
  const known = Object.hasOwn(COMPARISONS, base) ? COMPARISONS[base] : undefined;
  if (known === undefined || (known.compare === 'null' && ifExists !== undefined)) {
    throw new PolicyError(`there is no condition operator '${name}'`);
  }
  return {
    set: set as Operator['set'],
    compare: known.compare,
    negated: known.negated === true,
    ifExists: ifExists !== undefined,
    type: valueTypeOf(base),
  };
}

function holds(
  { set, compare, negated, ifExists }: Operator,
  policyValues: readonly string[],
  requestValue: OneOrMany<string> | undefined,
  variables: Variables,
): boolean {
  const all = listOf(requestValue);
  if (compare === 'null') {
    // "Null with qualifier" (IAM policy validation check reference).
    if (set !== undefined) return set === 'ForAllValues';
    return policyValues.some((value) => (value.toLowerCase() === 'true') === (all.length === 0));
  }
  // For the set operators an empty text is a null data set.
  const values = set === undefined ? all : all.filter((value) => value !== '');
  const named = (value: string) => policyValues.some((policy) => compare(policy, value, variables));
  const fits = (value: string) => named(value) !== negated;

  if (set === 'ForAllValues') return values.every(fits);
  // The pages contradict each other on ForAnyValue:…IfExists without the key; what is said of ForAnyValue is taken,
  // which is false, since "any value" needs one.
  if (set === 'ForAnyValue') return values.some(fits);
  if (values.length === 0) return negated || ifExists;
  // Several values without a set operator are not documented: any may match, and a negation is the opposite.
  return negated ? values.every(fits) : values.some(fits);
}

function bytesOf(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}

function inRange(policy: string, request: string): boolean {
  const range = rangeOf(policy);
  if (range === undefined) throw new PolicyError(`'${policy}' is not an IP address or range`);
  if (isIP(request) !== range.family) return false;
  const type = range.family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(range.network, range.prefix, type);
  return list.check(request, type);
}
