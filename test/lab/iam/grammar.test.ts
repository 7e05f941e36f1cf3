import fc from 'fast-check';
import { evaluate } from '../../../lab/iam/evaluate.js';
import { checkGrammar } from '../../../lab/iam/grammar.js';
import { type Policy, PolicyError, type PolicySet, type PolicyType } from '../../../lab/iam/types.js';
import { ALL, allow, asked, KEY, OWN, policy, READER, ROLE, ROOT } from '../helpers/access.js';

type Json = object | string | number | boolean | null | undefined;
/** The whole of a policy, whatever the types say. */
const check = (document: Json) => checkGrammar(document as Policy, 'identity-based', 'it');
const withCondition = (Condition: Json) => policy({ ...allow(), Condition } as ReturnType<typeof allow>);

describe('a policy with this is not valid', () => {
  // biome-ignore format: a case is a line
  test.each<[string, Json, string]>([
    ['an address that does not exist', { IpAddress: { 'aws:SourceIp': '300.1.2.3/40' } }, '"300.1.2.3/40", which is not an IP address or range'],
    ['a prefix that is too long', { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '10.0.0.0/33'] } }, '"10.0.0.0/33"'],
    ['an address with a zone', { IpAddress: { 'aws:SourceIp': 'fe80::1%eth0' } }, 'not an IP address'],
    ['a variable for an address', { IpAddressIfExists: { 'aws:SourceIp': '$' + '{aws:PrincipalTag/ip}' } }, 'not an IP address'],
    ['a number for an address', { IpAddress: { 'aws:SourceIp': 7 } }, 'not an IP address'],
    ['no date', { DateLessThan: { 'aws:CurrentTime': 'tomorrow' } }, 'DateLessThan of aws:CurrentTime has the value "tomorrow", which is not a date'],
    ['a date without its zone', { DateLessThan: { 'aws:CurrentTime': '2030-01-01T00:00:00' } }, 'not a date'],
    ['a month that does not exist', { DateLessThan: { 'aws:CurrentTime': '2030-13-01' } }, 'not a date'],
    ['no number', { 'ForAllValues:NumericEquals': { 'aws:MultiFactorAuthAge': 'abc' } }, 'not a number'],
    ['no Boolean', { Bool: { 'aws:SecureTransport': 'maybe' } }, 'not true or false'],
    ['no Boolean for Null', { Null: { 'aws:username': 'yes' } }, 'not true or false'],
    ['no Base64', { BinaryEquals: { 'a:k': '?' } }, 'not Base64'],
    ['an object', { StringEquals: { 'aws:username': { a: 1 } } }, '{"a":1}, which is not a text'],
    ['null', { StringEquals: { 'aws:username': null } }, 'null, which is not a text'],
    ['a list in a list', { StringEquals: { 'aws:username': [['a']] } }, '["a"], which is not a text'],
    ['keys that are null', { StringEquals: null }, "'StringEquals' has no keys"],
    ['a key without its service', { StringEquals: { constructor: 'a' } }, "no condition key 'constructor'"],
    ['operators in a list', [{ Bool: {} }], 'a Condition is not an object'],
  ])('%s', (_what, condition, message) => {
    expect(() => check(withCondition(condition))).toThrow(PolicyError);
    expect(() => check(withCondition(condition))).toThrow(message);
  });

  test.each<[string, Json, string]>([
    ['an Id that is a number', { ...ALL, Id: 5 }, 'an Id is not a text'],
    ['an unknown element', { ...ALL, Statements: [] }, "no element 'Statements' in a policy"],
    ['a version that is a number', { ...ALL, Version: 2012 }, "no policy version '2012'"],
  ])('%s', (_what, document, message) => {
    expect(() => check(document)).toThrow(message);
  });
});

describe('a policy with this is valid (IAM policy validation check reference: suggestions)', () => {
  // biome-ignore format: a case is a line
  test.each<[string, Json]>([
    ['an empty condition', {}],
    ['an operator without keys', { StringEquals: {} }],
    ['a key without values', { StringEquals: { 'aws:username': [] } }],
    ['Null with a set operator', { 'ForAnyValue:Null': { 'aws:username': 'true' } }],
    ['an address with bits behind the prefix', { IpAddress: { 'aws:SourceIp': ['203.0.113.7/24', '::1/0'] } }],
    ['dates', { DateLessThan: { 'aws:CurrentTime': ['2030', '2030-01-31T23:59:59.5+02:00', '1893456000', 1893456000] } }],
    ['numbers', { NumericLessThan: { 'a:k': ['-1.5', 10] } }],
    ['Booleans', { Bool: { 'a:k': ['TRUE', false, '$' + '{aws:PrincipalTag/a}'] } }],
    ['texts', { StringLike: { 'oidc.eks.us-east-1.amazonaws.com/id/A:sub': ['*', 7, true, ''] }, ArnLike: { 'a:k': '*' } }],
    ['Base64', { BinaryEquals: { 'a:k': 'QmluYXJ5MQ==' } }],
  ])('%s', (_what, condition) => {
    expect(() => check(withCondition(condition))).not.toThrow();
  });
});

describe('evaluate does not throw for a policy that is valid', () => {
  const VARIABLE = '$' + '{a:k}';
  const wild = fc.oneof(fc.string(), fc.jsonValue() as fc.Arbitrary<Json>);
  const mostly = <T, W>(usual: fc.Arbitrary<T>, unusual: fc.Arbitrary<W>) =>
    fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: unusual });
  /** What they compare with, as a policy should have it, and almost. */
  const OPERATORS: Record<string, readonly Json[]> = {
    StringEquals: ['a', 7, VARIABLE],
    StringNotEqualsIgnoreCase: ['A', '', VARIABLE],
    StringLike: ['a*?', '$' + '{a:k', VARIABLE],
    NumericLessThan: ['7', -1.5],
    DateNotEquals: ['2030-01-01', '2030-01-01T00:00:00Z', 1893456000],
    Bool: ['true', false, VARIABLE],
    BinaryEquals: ['QmluYXJ5', ''],
    IpAddress: ['10.0.0.0/8', '0.0.0.0/0', '::ffff:1.2.3.4/100'],
    NotIpAddress: ['2001:db8::/32', '10.1.2.3', '10.1.2.3/032'],
    ArnLike: [ROLE, '*', 'arn:aws:iam::*:role/*', VARIABLE],
    ArnNotEquals: [ROLE, VARIABLE],
    Null: ['true', false],
  };
  const key = mostly(fc.constantFrom('aws:SourceIp', 'a:k', 'a:l', 'a:unknown'), fc.string());
  const condition = fc
    .array(
      fc.constantFrom(...Object.entries(OPERATORS)).chain(([name, usual]) => {
        const value = mostly(fc.constantFrom(...usual), wild);
        return fc.tuple(
          fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:'),
          fc.constant(name),
          fc.constantFrom('', '', '', 'IfExists'),
          mostly(
            fc.dictionary(key, fc.oneof(value, fc.array(value, { maxLength: 2 })), { maxKeys: 2 }),
            wild,
          ),
        );
      }),
      { maxLength: 3 },
    )
    .map((blocks) =>
      Object.fromEntries(blocks.map(([set, name, suffix, keys]) => [set + name + suffix, keys])),
    );
  const texts = mostly(fc.constantFrom<Json>('*', 'kinesis:*', OWN, KEY, ['a', `arn:*:${VARIABLE}`]), wild);
  const principal = mostly(
    fc.constantFrom<Json>('*', { AWS: [ROLE, ROOT, READER] }, { AWS: '*', Federated: 'a' }, { Service: 'a' }),
    wild,
  );
  const oneOf = (name: string, values: fc.Arbitrary<unknown>) =>
    fc
      .tuple(fc.constantFrom(name, name, `Not${name}`), values)
      .map(([element, value]) => ({ [element]: value }));
  const none = fc.constant({});
  const contexts = fc.dictionary(
    key,
    fc.oneof(
      fc.constantFrom('10.1.2.3', '::1', '2030-01-01T00:00:00Z', 'true', '7', ROLE),
      fc.string(),
      fc.array(fc.string()),
    ),
  );

  type Attached = (document: Policy) => PolicySet;
  test.each<[PolicyType | 'key', { principal: boolean; resource: string; attached: Attached }]>([
    ['identity-based', { principal: false, resource: OWN, attached: (one) => ({ identity: [one] }) }],
    ['permissions-boundary', { principal: false, resource: OWN, attached: (boundary) => ({ boundary }) }],
    ['session', { principal: false, resource: OWN, attached: (one) => ({ session: [one] }) }],
    [
      'service-control',
      { principal: false, resource: OWN, attached: (one) => ({ serviceControl: [[one]] }) },
    ],
    [
      'resource-control',
      { principal: true, resource: KEY, attached: (one) => ({ resourceControl: [[one]] }) },
    ],
    ['vpc-endpoint', { principal: true, resource: OWN, attached: (vpcEndpoint) => ({ vpcEndpoint }) }],
    ['resource-based', { principal: true, resource: OWN, attached: (resource) => ({ resource }) }],
    ['key', { principal: true, resource: KEY, attached: (one) => ({ key: one }) }],
    ['role-trust', { principal: true, resource: ROLE, attached: (trust) => ({ trust }) }],
  ])('%s', (of, { principal: hasPrincipal, resource, attached }) => {
    const statement = fc
      .tuple(
        fc.record({ Effect: fc.constantFrom('Allow', 'Deny'), Condition: mostly(condition, wild) }),
        oneOf('Action', texts),
        of === 'role-trust' ? none : oneOf('Resource', texts),
        hasPrincipal ? oneOf('Principal', principal) : none,
      )
      .map((elements) => Object.assign({}, ...elements));
    let valid = 0;
    const property = fc.property(
      fc.array(statement, { minLength: 1, maxLength: 2 }),
      fc.constantFrom('2012-10-17', '2008-10-17'),
      contexts,
      (Statement, Version, context) => {
        const document = { Version, Statement } as Policy;
        try {
          checkGrammar(document, of, 'it');
        } catch (error) {
          expect(error).toBeInstanceOf(PolicyError);
          return;
        }
        valid++;
        evaluate(asked({ resource, context }), { identity: [ALL], ...attached(document) });
      },
    );
    fc.assert(property, { numRuns: 1_000 });
    // Not all of them are refused.
    expect(valid).toBeGreaterThan(50);
  });
});
