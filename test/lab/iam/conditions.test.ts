// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import { PolicyError, type Statement } from '../../../lab/iam/types.js';
import { ALL, allow, deny, outcome, policy, ROLE, USER, user } from '../helpers/access.js';

type Block = NonNullable<Statement['Condition']>;
type Values = Record<string, string | string[]>;

/** What a statement with the condition does: it applies, or not. */
function applies(Condition: Block, context: Values, version?: string): boolean {
  return outcome({ identity: [policy(allow({ Condition }), version)] }, { context }) === 'allowed';
}

/** The request lacks them; a key that is not there at all is unknown. */
const ABSENT: Values = { 'a:k': [], 'a:l': [] };

describe('String… (Condition operators: String condition operators)', () => {
  // biome-ignore format: a case is a line
  test.each<[string, Block, Values, boolean]>([
    ['StringEquals', { StringEquals: { 'a:k': 'v' } }, { 'a:k': 'v' }, true],
    ['StringEquals is case-sensitive', { StringEquals: { 'a:k': 'v' } }, { 'a:k': 'V' }, false],
    ['StringEquals knows no wildcards', { StringEquals: { 'a:k': 'v*' } }, { 'a:k': 'value' }, false],
    ['StringEquals: an asterisk is one', { StringEquals: { 'a:k': 'v*' } }, { 'a:k': 'v*' }, true],
    ['StringEquals: one of several values (OR)', { StringEquals: { 'a:k': ['u', 'v'] } }, { 'a:k': 'v' }, true],
    ['StringEquals: a number and a Boolean without quotation marks', { StringEquals: { 'a:k': 7, 'a:b': true } }, { 'a:k': '7', 'a:b': 'true' }, true],
    ['StringEquals: no values', { StringEquals: { 'a:k': [] } }, { 'a:k': 'v' }, false],
    ['StringNotEquals', { StringNotEquals: { 'a:k': 'v' } }, { 'a:k': 'w' }, true],
    ['StringNotEquals: none of several values (AND)', { StringNotEquals: { 'a:k': ['u', 'v'] } }, { 'a:k': 'v' }, false],
    ['StringEqualsIgnoreCase', { StringEqualsIgnoreCase: { 'a:k': 'Value' } }, { 'a:k': 'vALUE' }, true],
    ['StringNotEqualsIgnoreCase', { StringNotEqualsIgnoreCase: { 'a:k': 'Value' } }, { 'a:k': 'vALUE' }, false],
    ['StringLike', { StringLike: { 'a:k': 'v*e?' } }, { 'a:k': 'values' }, true],
    ['StringLike goes past colons', { StringLike: { 'a:k': 'a*d' } }, { 'a:k': 'a:b:c:d' }, true],
    ['StringLike without wildcards is the whole text', { StringLike: { 'a:k': 'val' } }, { 'a:k': 'value' }, false],
    ['StringLike without wildcards begins where the text begins', { StringLike: { 'a:k': 'lue' } }, { 'a:k': 'value' }, false],
    ['StringLike is case-sensitive', { StringLike: { 'a:k': 'V*' } }, { 'a:k': 'value' }, false],
    ['StringNotLike', { StringNotLike: { 'a:k': 'v*' } }, { 'a:k': 'value' }, false],
    ['a variable', { StringEquals: { 'a:k': '${a:other}' } }, { 'a:k': 'v', 'a:other': 'v' }, true],
    ['a variable’s wildcard is itself', { StringLike: { 'a:k': '${a:other}' } }, { 'a:k': 'value', 'a:other': '*' }, false],
    ['a variable without a value equals nothing', { StringEquals: { 'a:k': '${a:none}' } }, { 'a:k': '', 'a:none': [] }, false],
    ['a variable without a value is like nothing', { StringLike: { 'a:k': '${a:none}*' } }, { 'a:k': 'v', 'a:none': [] }, false],
    ['a variable without a value, negated likeness', { StringNotLike: { 'a:k': '${a:none}*' } }, { 'a:k': 'v', 'a:none': [] }, true],
    ['a variable without a value, negated', { StringNotEquals: { 'a:k': '${a:none}' } }, { 'a:k': 'v', 'a:none': [] }, true],
    ['${*} in StringLike', { StringLike: { 'a:k': 'v${*}' } }, { 'a:k': 'value' }, false],
  ])('%s', (_rule, condition, context, expected) => {
    expect(applies(condition, context)).toBe(expected);
  });

  test('version 2008-10-17 has no variables', () => {
    const condition = { StringEquals: { 'a:k': '${a:other}' } };
    expect(applies(condition, { 'a:k': 'v', 'a:other': 'v' }, '2008-10-17')).toBe(false);
    expect(applies(condition, { 'a:k': '${a:other}', 'a:other': 'v' }, '2008-10-17')).toBe(true);
  });
});

describe('Arn… (Condition operators: ARN condition operators)', () => {
  const finance = 'arn:aws:someservice:*:111122223333:finance/*';
  const store = 'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt';
  // biome-ignore format: a case is a line
  test.each<[string, Block, Values, boolean]>([
    ['ArnLike', { ArnLike: { 'a:k': 'arn:aws:iam::*:role/*' } }, { 'a:k': ROLE }, true],
    ['ArnEquals is the same', { ArnEquals: { 'a:k': 'arn:aws:iam::*:role/*' } }, { 'a:k': ROLE }, true],
    ['each component by itself', { ArnLike: { 'a:k': finance } }, { 'a:k': store }, false],
    ['as StringLike would match', { StringLike: { 'a:k': finance } }, { 'a:k': store }, true],
    ['the sixth has all that follows', { ArnLike: { 'a:k': 'arn:aws:x:r:1:a*z' } }, { 'a:k': 'arn:aws:x:r:1:a:b:z' }, true],
    ['all six are needed', { ArnLike: { 'a:k': 'arn:aws:iam:*' } }, { 'a:k': ROLE }, false],
    ['case-sensitive', { ArnLike: { 'a:k': ROLE.toUpperCase() } }, { 'a:k': ROLE }, false],
    ['ArnNotLike', { ArnNotLike: { 'a:k': 'arn:aws:iam::*:user/*' } }, { 'a:k': ROLE }, true],
    ['ArnNotEquals', { ArnNotEquals: { 'a:k': ROLE } }, { 'a:k': ROLE }, false],
    ['a variable', { ArnLike: { 'a:k': 'arn:aws:iam::${aws:PrincipalAccount}:role/*' } }, { 'a:k': ROLE }, true],
    ['a text that is no ARN', { ArnLike: { 'a:k': '*:*:*:*:*:*' } }, { 'a:k': 'orders' }, false],
  ])('%s', (_rule, condition, context, expected) => {
    expect(applies(condition, context)).toBe(expected);
  });
});

describe('Numeric…, Date…, Bool, BinaryEquals, IpAddress (Condition operators)', () => {
  const range = {
    IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:DB8:1234:5678::/64', '198.51.100.7'] },
  };
  const after = { DateGreaterThan: { 'aws:CurrentTime': '2024-01-01T00:00:00Z' } };
  // biome-ignore format: a case is a line
  test.each<[string, Block, Values, boolean]>([
    ['NumericEquals', { NumericEquals: { 'a:k': '10' } }, { 'a:k': '10.0' }, true],
    ['NumericNotEquals', { NumericNotEquals: { 'a:k': 10 } }, { 'a:k': '10' }, false],
    ['NumericLessThan', { NumericLessThan: { 'a:k': '10' } }, { 'a:k': '9' }, true],
    ['NumericLessThan: not the same', { NumericLessThan: { 'a:k': '10' } }, { 'a:k': '10' }, false],
    ['NumericLessThanEquals', { NumericLessThanEquals: { 'a:k': '10' } }, { 'a:k': '10' }, true],
    ['NumericGreaterThan', { NumericGreaterThan: { 'a:k': '9.5' } }, { 'a:k': '10' }, true],
    ['NumericGreaterThan: not the same', { NumericGreaterThan: { 'a:k': '10' } }, { 'a:k': '10' }, false],
    ['NumericGreaterThanEquals', { NumericGreaterThanEquals: { 'a:k': '10' } }, { 'a:k': '9' }, false],
    ['NumericGreaterThanEquals: the same', { NumericGreaterThanEquals: { 'a:k': '10' } }, { 'a:k': '10' }, true],
    ['a text that is no number', { NumericLessThan: { 'a:k': '10' } }, { 'a:k': '' }, false],
    ['DateGreaterThan', after, { 'aws:CurrentTime': '2024-01-01T00:00:01Z' }, true],
    ['DateGreaterThan: not the same', after, { 'aws:CurrentTime': '2024-01-01T00:00:00Z' }, false],
    ['DateGreaterThan: seconds since 1970', after, { 'aws:CurrentTime': '1704067201' }, true],
    ['DateLessThan: another time zone', { DateLessThan: { 'a:k': '2024-01-01T00:00:00+02:00' } }, { 'a:k': '2023-12-31T21:59:59Z' }, true],
    ['DateLessThanEquals: a day', { DateLessThanEquals: { 'a:k': '2024-01-01' } }, { 'a:k': '2024-01-01T00:00:00Z' }, true],
    ['DateGreaterThanEquals: a year', { DateGreaterThanEquals: { 'a:k': '2024' } }, { 'a:k': '2023-12-31T23:59:59Z' }, false],
    ['DateEquals', { DateEquals: { 'a:k': '2024-01-01T00:00Z' } }, { 'a:k': '1704067200' }, true],
    ['DateNotEquals', { DateNotEquals: { 'a:k': '2024-01-01T00:00Z' } }, { 'a:k': '1704067200' }, false],
    ['a text that is no date', { DateLessThan: { 'a:k': '2024-01-01T00:00:00Z' } }, { 'a:k': 'soon' }, false],
    ['Bool', { Bool: { 'aws:SecureTransport': 'true' } }, { 'aws:SecureTransport': 'true' }, true],
    ['Bool without quotation marks', { Bool: { 'aws:SecureTransport': false } }, { 'aws:SecureTransport': 'false' }, true],
    ['Bool: the other', { Bool: { 'aws:SecureTransport': 'true' } }, { 'aws:SecureTransport': 'false' }, false],
    ['BinaryEquals', { BinaryEquals: { 'a:k': 'QmluYXJ5' } }, { 'a:k': 'QmluYXJ5' }, true],
    ['BinaryEquals: other bytes', { BinaryEquals: { 'a:k': 'QmluYXJ5' } }, { 'a:k': 'QmluYXJ6' }, false],
    ['IpAddress: in a range', range, { 'aws:SourceIp': '203.0.113.255' }, true],
    ['IpAddress: beside it', range, { 'aws:SourceIp': '203.0.114.0' }, false],
    ['IpAddress: one address', range, { 'aws:SourceIp': '198.51.100.7' }, true],
    ['IpAddress: not its neighbour', range, { 'aws:SourceIp': '198.51.100.8' }, false],
    ['IpAddress: IPv6', range, { 'aws:SourceIp': '2001:db8:1234:5678::1' }, true],
    ['IpAddress: a range of one address', { IpAddress: { 'a:k': '198.51.100.7/32' } }, { 'a:k': '198.51.100.7' }, true],
    ['IpAddress: IPv6 beside it', range, { 'aws:SourceIp': '2001:db8:1234:5679::1' }, false],
    ['NotIpAddress', { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, { 'aws:SourceIp': '203.0.113.9' }, false],
    ['NotIpAddress: outside', { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, { 'aws:SourceIp': '192.0.2.1' }, true],
  ])('%s', (_rule, condition, context, expected) => {
    expect(applies(condition, context)).toBe(expected);
  });
});

describe('keys that are missing (Condition operators; …IfExists; Null)', () => {
  // biome-ignore format: a case is a line
  test.each<[string, Block, Values, boolean]>([
    ['StringEquals', { StringEquals: { 'a:k': 'v' } }, ABSENT, false],
    ['StringLike "*"', { StringLike: { 'a:k': '*' } }, ABSENT, false],
    ['Bool', { Bool: { 'a:k': 'false' } }, ABSENT, false],
    ['NumericLessThan', { NumericLessThan: { 'a:k': '1' } }, ABSENT, false],
    ['StringNotEquals', { StringNotEquals: { 'a:k': 'v' } }, ABSENT, true],
    ['ArnNotLike', { ArnNotLike: { 'a:k': ROLE } }, ABSENT, true],
    ['NotIpAddress', { NotIpAddress: { 'a:k': '192.0.2.1' } }, ABSENT, true],
    ['an empty list is a missing key', { StringEquals: { 'a:k': 'v' } }, { 'a:k': [] }, false],
    ['StringEqualsIfExists', { StringEqualsIfExists: { 'a:k': 'v' } }, ABSENT, true],
    ['StringEqualsIfExists, there', { StringEqualsIfExists: { 'a:k': 'v' } }, { 'a:k': 'w' }, false],
    ['StringNotEqualsIfExists', { StringNotEqualsIfExists: { 'a:k': 'v' } }, ABSENT, true],
    ['StringNotEqualsIfExists, there', { StringNotEqualsIfExists: { 'a:k': 'v' } }, { 'a:k': 'v' }, false],
    ['BoolIfExists', { BoolIfExists: { 'a:k': 'true' } }, ABSENT, true],
    ['ArnLikeIfExists, there', { ArnLikeIfExists: { 'a:k': 'arn:aws:iam::*:role/*' } }, { 'a:k': USER }, false],
    ['Null true', { Null: { 'a:k': 'true' } }, ABSENT, true],
    ['Null true, there', { Null: { 'a:k': 'true' } }, { 'a:k': 'v' }, false],
    ['Null false', { Null: { 'a:k': false } }, ABSENT, false],
    ['Null false, there', { Null: { 'a:k': 'false' } }, { 'a:k': 'v' }, true],
    ['Null of both', { Null: { 'a:k': ['True', 'false'] } }, ABSENT, true],
    ['Null true of an empty list', { Null: { 'a:k': 'true' } }, { 'a:k': [] }, true],
  ])('%s', (_rule, condition, context, expected) => {
    expect(applies(condition, context)).toBe(expected);
  });
});

describe('ForAllValues and ForAnyValue (Multivalued context keys)', () => {
  const keys = ['aws:kinesis:arn', 'purpose'];
  const all = (value: string | string[]): Block => ({ 'ForAllValues:StringEquals': { 'a:k': value } });
  const any = (value: string | string[]): Block => ({ 'ForAnyValue:StringEquals': { 'a:k': value } });
  // biome-ignore format: a case is a line
  test.each<[string, Block, Values, boolean]>([
    ['ForAllValues: a subset', all([...keys, 'more']), { 'a:k': keys }, true],
    ['ForAllValues: one is not among them', all('purpose'), { 'a:k': keys }, false],
    ['ForAllValues: a missing key', all('purpose'), ABSENT, true],
    ['ForAllValues: an empty list', all('purpose'), { 'a:k': [] }, true],
    ['ForAllValues: an empty text', all('purpose'), { 'a:k': '' }, true],
    ['ForAllValues:StringLike', { 'ForAllValues:StringLike': { 'a:k': ['aws:*', 'p*'] } }, { 'a:k': keys }, true],
    ['ForAllValues:StringNotEquals: none is among them', { 'ForAllValues:StringNotEquals': { 'a:k': ['x', 'y'] } }, { 'a:k': keys }, true],
    ['ForAllValues:StringNotEquals: one is', { 'ForAllValues:StringNotEquals': { 'a:k': ['x', 'purpose'] } }, { 'a:k': keys }, false],
    ['ForAnyValue: one is among them', any(['purpose', 'more']), { 'a:k': keys }, true],
    ['ForAnyValue: none is', any('more'), { 'a:k': keys }, false],
    ['ForAnyValue: a missing key', any('purpose'), ABSENT, false],
    ['ForAnyValue: an empty list', any('purpose'), { 'a:k': [] }, false],
    ['ForAnyValue:StringNotEquals: one is not among them', { 'ForAnyValue:StringNotEquals': { 'a:k': 'purpose' } }, { 'a:k': keys }, true],
    ['ForAnyValue:StringNotEquals: all are', { 'ForAnyValue:StringNotEquals': { 'a:k': keys } }, { 'a:k': keys }, false],
    ['ForAnyValue:StringNotEquals: a missing key', { 'ForAnyValue:StringNotEquals': { 'a:k': 'v' } }, ABSENT, false],
    ['ForAnyValue:…IfExists: a missing key', { 'ForAnyValue:StringEqualsIfExists': { 'a:k': 'v' } }, ABSENT, false],
    ['no set operator (undocumented): one of several', { StringEquals: { 'a:k': 'purpose' } }, { 'a:k': keys }, true],
    ['no set operator (undocumented): negated', { StringNotEquals: { 'a:k': 'purpose' } }, { 'a:k': keys }, false],
    ['ForAnyValue with a single value', any('purpose'), { 'a:k': 'purpose' }, true],
    ['ForAnyValue:ArnLike', { 'ForAnyValue:ArnLike': { 'a:k': 'arn:aws:iam::*:role/*' } }, { 'a:k': [USER, ROLE] }, true],
  ])('%s', (_rule, condition, context, expected) => {
    expect(applies(condition, context)).toBe(expected);
  });
});

describe('several together (Creating a condition with multiple keys or values)', () => {
  // biome-ignore format: a case is a line
  test.each<[string, Block, Values, boolean]>([
    ['several keys: all must hold', { StringEquals: { 'a:k': 'v', 'a:l': 'w' } }, { 'a:k': 'v', 'a:l': 'x' }, false],
    ['several operators: all must hold', { StringEquals: { 'a:k': 'v' }, Null: { 'a:l': 'false' } }, { 'a:k': 'v' }, false],
    ['several keys and operators that hold', { StringEquals: { 'a:k': 'v', 'a:l': 'w' }, Bool: { 'a:m': true } }, { 'a:k': 'v', 'a:l': 'w', 'a:m': 'true' }, true],
    ['an empty condition', {}, ABSENT, true],
    ['a key’s name in another case', { StringEquals: { 'AWS:sourceip': 'x' } }, { 'aws:SourceIp': 'x' }, true],
  ])('%s', (_rule, condition, context, expected) => {
    expect(applies(condition, context)).toBe(expected);
  });

  test('a deny applies by the same rules', () => {
    const set = (Condition: Block) => ({ identity: [ALL, policy(deny({ Condition }))] });
    const insecure = set({ Bool: { 'aws:SecureTransport': 'false' } });
    expect(outcome(insecure, { context: { 'aws:SecureTransport': 'false' } })).toBe('denied: identity-based');
    expect(outcome(insecure, { context: { 'aws:SecureTransport': 'true' } })).toBe('allowed');
    expect(outcome(set({ StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } }))).toBe('denied: identity-based');
  });
});

test.each([
  ['ForAllValues:Null', true],
  ['ForAnyValue:Null', false],
])('%s is always %p (IAM policy validation check reference: Null with qualifier)', (operator, expected) => {
  for (const value of ['true', 'false']) {
    expect(applies({ [operator]: { 'a:k': value } }, { 'a:k': 'v' })).toBe(expected);
    expect(applies({ [operator]: { 'a:k': value } }, ABSENT)).toBe(expected);
  }
});

describe('keys that follow from the caller and the resource (AWS global condition context keys)', () => {
  // biome-ignore format: a case is a line
  test.each<[string, Block, boolean]>([
    ['aws:PrincipalArn is the role of a session', { ArnEquals: { 'aws:PrincipalArn': ROLE } }, true],
    ['aws:PrincipalAccount', { StringEquals: { 'aws:PrincipalAccount': '222222222222' } }, true],
    ['aws:ResourceAccount', { StringEquals: { 'aws:ResourceAccount': '222222222222' } }, true],
    ['aws:PrincipalType', { StringEquals: { 'aws:PrincipalType': 'AssumedRole' } }, true],
    ['no service calls', { Bool: { 'aws:PrincipalIsAWSService': 'false', 'aws:ViaAWSService': 'false' } }, true],
    ['aws:username is missing for a session', { Null: { 'aws:username': 'true' } }, true],
  ])('%s', (_rule, condition, expected) => {
    expect(applies(condition, ABSENT)).toBe(expected);
  });

  test('of a user', () => {
    const Condition = {
      StringEquals: { 'aws:username': 'rita', 'aws:PrincipalArn': USER, 'aws:PrincipalType': 'User' },
    };
    expect(outcome({ identity: [policy(allow({ Condition }))] }, { caller: user })).toBe('allowed');
  });
});

test.each([
  'stringEquals',
  'StringEqual',
  'ForSomeValue:StringEquals',
  'NullIfExists',
  'constructor',
  'BinaryNotEquals',
])('there is no operator %s', (operator) => {
  expect(() => applies({ [operator]: { 'a:k': 'v' } }, { 'a:k': 'v' })).toThrow(PolicyError);
});

test.each(['203.0.113.0/33', '203.0.113', '2001:db8::/129', 'everywhere', '203.0.113.0/24/1'])(
  'the range %s does not exist',
  (range) => {
    expect(() => applies({ IpAddress: { 'a:k': range } }, { 'a:k': '192.0.2.1' })).toThrow(PolicyError);
  },
);
