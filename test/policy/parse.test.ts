import fc from 'fast-check';
import { PolicyError } from '../../src/errors/errors.js';
import { parsePolicy, scanJson } from '../../src/policy/parse.js';

const STATEMENT = { Effect: 'Allow', Principal: '*', Action: 'kinesis:GetRecords' };
const withStatement = (statement: unknown, rest: object = { Version: '2012-10-17' }) =>
  JSON.stringify({ ...rest, Statement: statement });

test('a policy comes back as it is, unknown elements and the order of all of them included', () => {
  const policy = {
    Version: '2008-10-17',
    Id: 'über alles 漢字 \u2028',
    Statement: [
      { Sid: '', Effect: 'Deny', NotPrincipal: { AWS: ['1', '2'] }, NotAction: ['a', 'b'], NotResource: '*' },
      { ...STATEMENT, Sid: 'x', Condition: { Bool: { 'aws:SecureTransport': false, n: [1, '2'] } } },
    ],
    Later: { Than: 'us' },
  };

  expect(JSON.stringify(parsePolicy(JSON.stringify(policy)))).toBe(
    JSON.stringify({ ...policy, Statement: policy.Statement }),
  );
});

test('a single statement is taken for a list of one', () => {
  expect(parsePolicy(withStatement(STATEMENT)).Statement).toEqual([STATEMENT]);
});

test('a policy without a version stays without: IAM takes that for the older one', () => {
  expect(parsePolicy(withStatement([STATEMENT], {}))).toEqual({ Statement: [STATEMENT] });
});

test('a policy of an identity has no principal, and needs a resource', () => {
  const { Principal: _, ...statement } = { ...STATEMENT, Resource: '*' };
  const options = { kind: 'identity' } as const;

  expect(parsePolicy(withStatement(statement), options).Statement).toEqual([statement]);
  expect(() => parsePolicy(withStatement({ ...STATEMENT, Resource: '*' }), options)).toThrow(
    'statement 1 has a Principal, which the policy of an identity must not have',
  );
  expect(() => parsePolicy(withStatement({ ...statement, Resource: undefined }), options)).toThrow(
    'statement 1 has no Resource',
  );
});

describe('a policy of a key', () => {
  const { Action: _, ...withoutAction } = STATEMENT;

  test.each<[string, object]>([
    ['no Action', { ...withoutAction, Resource: '*' }],
    ['no Resource', STATEMENT],
    ['neither', withoutAction],
    ['an empty list of actions', { ...STATEMENT, Action: [] }],
    ['an empty list of resources', { ...STATEMENT, Resource: [] }],
    ['an empty list of principals', { ...STATEMENT, Principal: { AWS: [] } }],
    ['a principal of nobody', { ...STATEMENT, Principal: {} }],
  ])('may have a statement with %s, which KMS takes and ignores', (_what, statement) => {
    expect(parsePolicy(withStatement([statement]), { kind: 'key' }).Statement).toEqual([statement]);
  });

  test.each<[string, object, string]>([
    ['both Action and NotAction', { ...STATEMENT, NotAction: 'a:b' }, 'has both Action and NotAction'],
    ['no Principal', { ...STATEMENT, Principal: undefined }, 'has no Principal'],
    [
      'actions that are no texts',
      { ...STATEMENT, Action: [1] },
      'has the Action [1], not a string or a list of strings',
    ],
  ])('must not have one with %s', (_what, statement, problem) => {
    expect(() => parsePolicy(withStatement([statement]), { kind: 'key' })).toThrow(problem);
  });
});

test('a statement with an empty Sid is named by its place', () => {
  expect(() => parsePolicy(withStatement([{ ...STATEMENT, Sid: '', Effect: 'x' }]))).toThrow(
    'statement 1 has the Effect',
  );
});

test.each([
  ['', /it is not JSON \(Unexpected end of JSON input\)/],
  ['{"Version"', /it is not JSON \(.*JSON.*\)/],
  ["{'Version': 1}", /it is not JSON/],
  ['null', /it is null, not an object/],
  ['[]', /it is \[\], not an object/],
  ['"text"', /it is "text", not an object/],
  ['7', /it is 7, not an object/],
  ['{}', /it has no Statement/],
  [
    withStatement([], { Version: '2025-01-01' }),
    /it has the Version "2025-01-01", not 2012-10-17 or 2008-10-17/,
  ],
  [withStatement([], { Version: 20121017 }), /it has the Version 20121017, not/],
  [withStatement([], { Id: 7 }), /it has the Id 7, not a string/],
  [withStatement('x'), /statement 1 is "x", not an object/],
  [withStatement(null), /statement 1 is null, not an object/],
  [withStatement(['x']), /statement 1 is "x", not an object/],
  [withStatement([STATEMENT, null]), /statement 2 is null, not an object/],
  [withStatement({ ...STATEMENT, Effect: undefined }), /statement 1 has no Effect/],
  [withStatement({ ...STATEMENT, Effect: 'allow' }), /statement 1 has the Effect "allow", not Allow or Deny/],
  [withStatement({ ...STATEMENT, Sid: 7 }), /statement 1 has the Sid 7, not a string/],
  [withStatement({ ...STATEMENT, Principal: undefined }), /statement 1 has no Principal/],
  [withStatement({ ...STATEMENT, NotPrincipal: '*' }), /has both Principal and NotPrincipal/],
  [
    withStatement({ ...STATEMENT, Principal: 'arn' }),
    /has the Principal "arn", not "\*" or strings by their type/,
  ],
  [withStatement({ ...STATEMENT, Principal: {} }), /has the Principal {}, not "\*" or strings/],
  [
    withStatement({ ...STATEMENT, Principal: { AWS: 1 } }),
    /has the Principal {"AWS":1}, not "\*" or strings/,
  ],
  [withStatement({ ...STATEMENT, Action: undefined }), /statement 1 has no Action/],
  [
    withStatement({ ...STATEMENT, Action: [] }),
    /has the Action \[\], not a string or a list of at least one/,
  ],
  [
    withStatement({ ...STATEMENT, Action: [1] }),
    /has the Action \[1\], not a string or a list of at least one/,
  ],
  [withStatement({ ...STATEMENT, NotAction: 'x' }), /has both Action and NotAction/],
  [
    withStatement({ ...STATEMENT, Resource: {} }),
    /has the Resource {}, not a string or a list of at least one/,
  ],
  [withStatement({ ...STATEMENT, Condition: [] }), /has the Condition \[\], not values by key, by operator/],
  [
    withStatement({ ...STATEMENT, Condition: { Bool: 'x' } }),
    /has the Condition.Bool "x", not values by key/,
  ],
  [
    withStatement({ ...STATEMENT, Condition: { N: { k: {} } } }),
    /has the Condition.N.k {}, not a string, a boolean, a number/,
  ],
  [
    withStatement({ ...STATEMENT, Condition: { N: { k: 2 ** 60 } } }),
    /has the Condition.N.k 1152921504606847000, not a/,
  ],
  [withStatement([STATEMENT, { Sid: 'Mine', Effect: 'x' }]), /Mine \(statement 2\) has the Effect "x"/],
  [
    `{"Statement":[],"Deep":${'['.repeat(64)}${']'.repeat(64)}}`,
    /it is nested 65 deep, and AWS's grammar needs 6/,
  ],
  [`{"Statement":[],"Deep":${'['.repeat(9_000)}${']'.repeat(9_000)}}`, /it is nested 9001 deep/],
  ['{"Statement":[],"Statement":[]}', /an object has 'Statement' twice, and only one would count/],
])('%s is refused with its problem', (text, problem) => {
  expect(() => parsePolicy(text, { name: "orders' policy" })).toThrow(PolicyError);
  expect(() => parsePolicy(text, { name: "orders' policy" })).toThrow(problem);
  expect(() => parsePolicy(text, { name: "orders' policy" })).toThrow(/^orders' policy can't be used: /);
});

test.each([
  ['1', 0],
  ['{}', 1],
  ['[[],{"a":[]}]', 3],
  ['["[[{","\\"[",{}]', 2],
])('%s is nested %p deep', (text, depth) => {
  expect(scanJson(text).nesting).toBe(depth);
});

test('a very long text does not exhaust the stack', () => {
  const text = `["${'x'.repeat(20_000_000)}"]`;
  expect(scanJson(text).nesting).toBe(1);
  expect(scanJson(text).repeated).toBeUndefined();
});

test.each([
  ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}', undefined],
  ['{"a":"a:a","b":"\\"a\\":1"}', undefined],
  ['{"a":1,"b":2,"a":3}', 'a'],
  ['{"a":[{"b":{"c":1,"c":2}}]}', 'c'],
  ['{"a":[1],"b":[],"a":2}', 'a'],
  ['{"a":1,"\\u0061":2}', 'a'],
  ['{"a\\"b":1,"a\\"b":2}', 'a"b'],
])('%s: %s', (text, name) => {
  expect(scanJson(text).repeated).toBe(name);
});

test('what JSON.stringify makes has none', () => {
  fc.assert(fc.property(fc.json(), (text) => expect(scanJson(text).repeated).toBeUndefined()));
});
