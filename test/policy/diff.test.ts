import { changeOf } from '../../src/policy/diff.js';
import { changesOfMerge, changesOfRemoval } from '../../src/policy/merge.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';
import { readerStatement } from './helpers/arbitraries.js';
import { OTHER, READER } from './helpers/requests.js';

const A: Statement = { Sid: 'A', Effect: 'Allow', Principal: { AWS: '1' }, Action: ['x:A', 'x:B'] };
const B: Statement = { Sid: 'B', Effect: 'Deny', Principal: '*', Action: 'x:*' };
const nameless: Statement = { Effect: 'Allow', Principal: { AWS: ['1', '2'] }, Action: 'x:A' };
const policyOf = (...Statement: Statement[]): PolicyDocument => ({ Statement });
const kindOf = (before: Statement, after: Statement) => changeOf(before, after).change;
const kindsOf = (changes: readonly { change: string }[]) => changes.map(({ change }) => change);

test('what is added, removed, changed and unchanged is reported, with the changed fields', () => {
  const changed: Statement = { ...A, Action: ['x:A'], Condition: { Bool: { a: true } } };

  expect(changeOf(A, changed)).toEqual({
    change: 'changed',
    before: A,
    after: changed,
    fields: [
      { field: 'Action', before: ['x:A', 'x:B'], after: ['x:A'] },
      { field: 'Condition', before: undefined, after: { Bool: { a: true } } },
    ],
  });
  expect(changeOf(B, undefined)).toEqual({ change: 'removed', before: B });
  expect(changeOf(nameless, nameless)).toEqual({ change: 'unchanged', before: nameless, after: nameless });
  const ours = readerStatement(READER, 'stream');
  expect(changesOfMerge(policyOf(A, { ...ours, Action: [] }, nameless, ours), ours)).toEqual([
    { change: 'unchanged', before: A, after: A },
    {
      change: 'changed',
      before: { ...ours, Action: [] },
      after: ours,
      fields: [{ field: 'Action', before: [], after: ours.Action }],
    },
    { change: 'unchanged', before: nameless, after: nameless },
    { change: 'removed', before: ours },
  ]);
});

test.each<[string, Statement]>([
  ['a list in another order', { ...A, Action: ['x:B', 'x:A'] }],
  ['an action in another case', { ...A, Action: ['X:a', 'x:b'] }],
  ['a list of one', { ...A, Principal: { AWS: ['1'] } }],
  ['a text that stands twice', { ...A, Action: ['x:A', 'x:B', 'x:A'] }],
])('%s is no change', (_what, other) => {
  expect(kindOf(A, other)).toBe('unchanged');
});

test.each<[string, Statement, Statement]>([
  ['Effect', A, { ...A, Effect: 'Deny' }],
  ['Resource', { ...A, Resource: 'a' }, { ...A, Resource: 'A' }],
  ['Principal', A, { ...A, Principal: { Service: '1' } }],
  ['Condition', { ...A, Condition: { Bool: { a: 'x' } } }, { ...A, Condition: { Bool: { a: 'X' } } }],
])('another %s is a change', (field, before, after) => {
  expect(changeOf(before, after)).toMatchObject({ change: 'changed', fields: [{ field }] });
});

test('a key and an operator of a condition have no case', () => {
  const before = { ...A, Condition: { StringEquals: { 'aws:A': 'x' } } };
  const after = { ...A, Condition: { stringequals: { 'AWS:a': ['x'] } } };

  expect(kindOf(before, after)).toBe('unchanged');
});

test('a statement without a Sid that differs in one field is the same one, changed', () => {
  const ours = readerStatement(READER, 'stream');
  const shared: Statement = {
    Effect: 'Allow',
    Principal: { AWS: [READER.arn, OTHER.arn] },
    Action: 'kinesis:GetRecords',
  };

  expect(changesOfRemoval(policyOf(shared), ours)).toMatchObject([
    { change: 'changed', after: { ...shared, Principal: { AWS: [OTHER.arn] } } },
  ]);
});

test('of a statement that stands twice one stays, and none after a removal', () => {
  const ours = readerStatement(READER, 'stream');

  expect(kindsOf(changesOfMerge(policyOf(ours, ours), ours))).toEqual(['unchanged', 'removed']);
  expect(kindsOf(changesOfMerge(policyOf(A, A, ours), ours))).toEqual([
    'unchanged',
    'unchanged',
    'unchanged',
  ]);
  expect(kindsOf(changesOfRemoval(policyOf(ours, A, ours), ours))).toEqual([
    'removed',
    'unchanged',
    'removed',
  ]);
});

test('an empty Sid is none', () => {
  expect(kindOf({ ...nameless, Sid: '' }, nameless)).toBe('unchanged');
});

test('an empty condition is none', () => {
  const withEmpty = (Condition: NonNullable<Statement['Condition']>) => ({ ...A, Condition });

  expect(kindOf(withEmpty({}), A)).toBe('unchanged');
  expect(kindOf(A, withEmpty({ StringEquals: {} }))).toBe('unchanged');
  expect(kindOf(A, withEmpty({ StringEquals: { k: [] } }))).toBe('changed');
});

test('to have no policy is to have no statement', () => {
  const ours = readerStatement(READER, 'stream');

  expect(changesOfRemoval(undefined, ours)).toEqual([]);
  expect(changesOfMerge(undefined, ours)).toEqual([{ change: 'added', after: ours }]);
  expect(changesOfRemoval(policyOf(ours), ours)).toEqual([{ change: 'removed', before: ours }]);
});
