import { diffPolicies, hasChanges } from '../../src/policy/diff.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';

const A: Statement = { Sid: 'A', Effect: 'Allow', Principal: { AWS: '1' }, Action: ['x:A', 'x:B'] };
const B: Statement = { Sid: 'B', Effect: 'Deny', Principal: '*', Action: 'x:*' };
const nameless: Statement = { Effect: 'Allow', Principal: { AWS: ['1', '2'] }, Action: 'x:A' };
const policyOf = (...Statement: Statement[]): PolicyDocument => ({ Statement });

test('what is added, removed, changed and unchanged is told, with the changed fields', () => {
  const changed: Statement = { ...A, Action: ['x:A'], Condition: { Bool: { a: true } } };
  const added = { ...B, Sid: 'C' };

  expect(diffPolicies(policyOf(A, B, nameless), policyOf(added, changed, nameless))).toEqual([
    {
      change: 'changed',
      before: A,
      after: changed,
      fields: [
        { field: 'Action', before: ['x:A', 'x:B'], after: ['x:A'] },
        { field: 'Condition', before: undefined, after: { Bool: { a: true } } },
      ],
    },
    { change: 'removed', before: B },
    { change: 'unchanged', before: nameless, after: nameless },
    { change: 'added', after: added },
  ]);
});

test.each<[string, Statement]>([
  ['a list in another order', { ...A, Action: ['x:B', 'x:A'] }],
  ['an action in another case', { ...A, Action: ['X:a', 'x:b'] }],
  ['a list of one', { ...A, Principal: { AWS: ['1'] } }],
  ['a text that stands twice', { ...A, Action: ['x:A', 'x:B', 'x:A'] }],
])('%s is no change', (_what, other) => {
  expect(hasChanges(diffPolicies(policyOf(A), policyOf(other)))).toBe(false);
});

test.each<[string, Statement, Statement]>([
  ['Effect', A, { ...A, Effect: 'Deny' }],
  ['Resource', { ...A, Resource: 'a' }, { ...A, Resource: 'A' }],
  ['Principal', A, { ...A, Principal: { Service: '1' } }],
  ['Condition', { ...A, Condition: { Bool: { a: 'x' } } }, { ...A, Condition: { Bool: { a: 'X' } } }],
])('another %s is a change', (field, before, after) => {
  expect(diffPolicies(policyOf(before), policyOf(after))).toMatchObject([
    { change: 'changed', fields: [{ field }] },
  ]);
});

test('a key and an operator of a condition have no case', () => {
  const before = { ...A, Condition: { StringEquals: { 'aws:A': 'x' } } };
  const after = { ...A, Condition: { stringequals: { 'AWS:a': ['x'] } } };

  expect(hasChanges(diffPolicies(policyOf(before), policyOf(after)))).toBe(false);
});

test('a statement without a Sid that differs in one field is the same one, changed', () => {
  const after = { ...nameless, Principal: { AWS: ['2'] } };

  expect(diffPolicies(policyOf(nameless), policyOf(after))).toMatchObject([{ change: 'changed', after }]);
});

test('a statement that stands twice has two partners, or one', () => {
  expect(diffPolicies(policyOf(A, A), policyOf(A)).map(({ change }) => change)).toEqual([
    'unchanged',
    'removed',
  ]);
  expect(diffPolicies(policyOf(A, A), policyOf(A, A)).map(({ change }) => change)).toEqual([
    'unchanged',
    'unchanged',
  ]);
});

test('an empty Sid is none: two statements that have one are not the same for that', () => {
  const empty: Statement = { ...nameless, Sid: '' };

  expect(hasChanges(diffPolicies(policyOf(empty), policyOf(nameless)))).toBe(false);
  expect(diffPolicies(policyOf(empty), policyOf({ ...B, Sid: '' })).map(({ change }) => change)).toEqual([
    'removed',
    'added',
  ]);
});

test('an empty condition is none', () => {
  const withEmpty = (Condition: NonNullable<Statement['Condition']>) => policyOf({ ...A, Condition });

  expect(hasChanges(diffPolicies(withEmpty({}), policyOf(A)))).toBe(false);
  expect(hasChanges(diffPolicies(policyOf(A), withEmpty({ StringEquals: {} })))).toBe(false);
  expect(hasChanges(diffPolicies(policyOf(A), withEmpty({ StringEquals: { k: [] } })))).toBe(true);
});

test('to have no policy is to have no statement', () => {
  expect(diffPolicies(undefined, undefined)).toEqual([]);
  expect(diffPolicies(undefined, policyOf(A))).toEqual([{ change: 'added', after: A }]);
  expect(diffPolicies(policyOf(A), undefined)).toEqual([{ change: 'removed', before: A }]);
});
