import { readFileSync } from 'node:fs';
import { type CollectionTag, parse, type ScalarTag } from 'yaml';
import { partitionOf } from '../../../src/aws/partition.js';

type Value = string | number | boolean | null | Value[] | { [name: string]: Value };
type Fields = { [name: string]: Value };

export interface Template {
  Parameters: Record<string, { Default?: Value }>;
  Conditions: Record<string, Value>;
  // biome-ignore lint/suspicious/noExplicitAny: as of the resources
  Rules?: Record<string, any>;
  // biome-ignore lint/suspicious/noExplicitAny: the tests know the resources that they look at
  Resources: Record<string, any>;
}

const FUNCTIONS = ['Equals', 'Not', 'And', 'Or', 'If', 'Join', 'Sub', 'Select', 'Split', 'GetAtt'];
/** What stands for AWS::NoValue: it is left out of lists and objects. */
const NO_VALUE = Symbol('AWS::NoValue');

/** A template with its short forms written out: `!Sub x` is `{ 'Fn::Sub': 'x' }`. */
export function readTemplate(file: string): Template {
  return parse(readFileSync(file, 'utf8'), { customTags: tags() }) as Template;
}

function tags(): (ScalarTag | CollectionTag)[] {
  const all = [['Ref', 'Ref'], ['Condition', 'Condition'], ...FUNCTIONS.map((name) => [name, `Fn::${name}`])];
  return all.flatMap(([name = '', long = '']) => [
    { tag: `!${name}`, resolve: (text: string) => ({ [long]: text }) },
    // biome-ignore lint/suspicious/noExplicitAny: nodes of the parser
    { tag: `!${name}`, collection: 'seq', resolve: (list: any) => ({ [long]: list.toJSON() }) },
  ]) as (ScalarTag | CollectionTag)[];
}

/**
 * The template's resources as CloudFormation makes them of these parameters; those whose condition is false are left out.
 * Of other resources' attributes it knows none: they stay as `${Resource.Attribute}`.
 *
 * @throws Error on a function that it does not know, and if a parameter without a default is not given
 */
export function resolveTemplate(
  template: Template,
  parameters: Record<string, Value>,
): Template['Resources'] {
  const known: Record<string, Value | typeof NO_VALUE> = {
    'AWS::NoValue': NO_VALUE,
    ...PSEUDO,
    ...parameters,
  };
  for (const [name, { Default }] of Object.entries(template.Parameters)) {
    const value = known[name] ?? Default;
    if (value === undefined) throw new Error(`the parameter ${name} has no default, and must be given`);
    known[name] = value;
  }

  const holds = (name: string) => resolve(template.Conditions[name] ?? null) === true;
  const named = (name: string, from: Fields = {}) => from[name] ?? known[name] ?? `\${${name}}`;

  function resolve(value: Value): Value | typeof NO_VALUE {
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== NO_VALUE) as Value[];
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value);
    const [[name, argument] = ['', null]] = entries;
    if (entries.length === 1 && (/^Fn::/.test(name) || name === 'Ref' || name === 'Condition')) {
      return call(name, argument);
    }
    const resolved = entries.map(([key, item]) => [key, resolve(item)] as const);
    return Object.fromEntries(resolved.filter(([, item]) => item !== NO_VALUE)) as Fields;
  }

  function call(name: string, argument: Value): Value | typeof NO_VALUE {
    if (name === 'Ref') return named(argument as string);
    if (name === 'Condition') return holds(argument as string);
    if (name === 'Fn::GetAtt') return `\${${argument}}`;
    if (name === 'Fn::If') {
      const [condition, yes = null, no = null] = argument as [string, Value, Value];
      return resolve(holds(condition) ? yes : no);
    }
    const resolved = resolve(argument) as Value[];
    switch (name) {
      case 'Fn::Equals':
        return resolved[0] === resolved[1];
      case 'Fn::Not':
        return resolved[0] !== true;
      case 'Fn::And':
        return resolved.every((item) => item === true);
      case 'Fn::Or':
        return resolved.some((item) => item === true);
      case 'Fn::Join':
        return [resolved[1]].flat().join(String(resolved[0]));
      case 'Fn::Select':
        return (resolved[1] as Value[])[Number(resolved[0])] ?? '';
      case 'Fn::Split':
        return String(resolved[1]).split(String(resolved[0]));
      case 'Fn::Sub': {
        const [text, from] = Array.isArray(resolved)
          ? (resolved as [string, Fields])
          : [resolved as string, {}];
        return String(text).replace(/\$\{([^}]+)\}/g, (_, variable: string) => String(named(variable, from)));
      }
      default:
        throw new Error(`${name} is not known here`);
    }
  }

  const made = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || holds(Condition),
  );
  return Object.fromEntries(made.map(([name, resource]) => [name, resolve(resource)]));
}

/** The pseudo parameters that tell where a stack is. */
export const pseudoOf = (region: string) => {
  const { name, dnsSuffix } = partitionOf(region);
  return { 'AWS::Region': region, 'AWS::Partition': name, 'AWS::URLSuffix': dnsSuffix };
};

export const PSEUDO = {
  'AWS::AccountId': '222222222222',
  ...pseudoOf('eu-west-1'),
  'AWS::StackName': 'orders-reader',
} as const;
