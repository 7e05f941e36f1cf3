import fc from 'fast-check';
import { evaluate } from '../../lab/iam/evaluate.js';
import { withOurs } from '../../src/policy/condition-entries.js';
import { mergeStatement, removeStatement } from '../../src/policy/merge.js';
import type { Condition, Statement } from '../../src/policy/types.js';
import { readerStatement } from './helpers/arbitraries.js';
import { KEY, READER, STREAM } from './helpers/requests.js';

const VIA = 'kms:ViaService';
const OURS: Condition = { StringEquals: { [VIA]: ['kinesis.a', 'kinesis.b'], k: 'x' } };
const EXPIRY = { 'aws:CurrentTime': '2027-01-31T00:00:00Z' };

describe('is kept', () => {
  test.each<[string, Condition]>([
    ['what is ours', OURS],
    ['an operator more', { ...OURS, DateLessThan: EXPIRY }],
    ['a key more', { StringEquals: { ...OURS.StringEquals, 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }],
    ['fewer of our values', { StringEquals: { ...OURS.StringEquals, [VIA]: 'kinesis.b' } }],
    ['operators and keys in another case', { stringequals: { 'KMS:viaservice': 'kinesis.a', K: ['x'] } }],
    [
      'a set operator more, which holds without the key',
      { ...OURS, 'ForAllValues:StringEquals': { t: 'a' } },
    ],
    ['an IfExists more', { ...OURS, StringEqualsIfExists: { 'aws:SourceVpce': 'vpce-0a1b2c3d' } }],
    ['our key under another operator too', { ...OURS, StringLike: { k: 'x*' }, StringNotEquals: { k: 'y' } }],
    ['a weaker operator beside ours', { ...OURS, StringEqualsIfExists: { k: ['x', 'y'] } }],
  ])('%s', (_what, condition) => {
    expect(withOurs(condition, OURS)).toEqual(condition);
  });
});

describe('is ours again', () => {
  test.each<[string, Condition | undefined, Condition]>([
    ['no condition', undefined, OURS],
    ['an empty one', { StringEquals: {} }, OURS],
    [
      'a key that is missing',
      { StringEquals: { k: 'x' } },
      { StringEquals: { k: 'x', [VIA]: ['kinesis.a', 'kinesis.b'] } },
    ],
    ['another value', { StringEquals: { ...OURS.StringEquals, k: 'y' } }, OURS],
    ['a value more', { StringEquals: { ...OURS.StringEquals, k: ['x', 'y'] } }, OURS],
    ['a value in another case', { StringEquals: { ...OURS.StringEquals, k: 'X' } }, OURS],
    ['no value', { StringEquals: { ...OURS.StringEquals, k: [] } }, OURS],
    ...[
      'StringEqualsIfExists',
      'StringLike',
      'StringEqualsIgnoreCase',
      'ForAllValues:StringEquals',
      'ForAnyValue:StringLikeIfExists',
    ].map((operator): [string, Condition, Condition] => [
      operator,
      { [operator]: OURS.StringEquals ?? {} },
      OURS,
    ]),
    [
      'a weaker operator, and what narrows it stays',
      { StringEqualsIfExists: OURS.StringEquals ?? {}, DateLessThan: EXPIRY, StringNotEquals: { k: 'z' } },
      { DateLessThan: EXPIRY, StringNotEquals: { k: 'z' }, ...OURS },
    ],
    [
      'in the block that is there, whatever its case',
      { stringequals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
      { stringequals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5', ...OURS.StringEquals } },
    ],
  ])('%s', (_what, condition, expected) => {
    expect(withOurs(condition, OURS)).toEqual(expected);
  });
});

test('an expiry that is asked for takes the place of another one, and a beginning stays', () => {
  const inForce = {
    DateLessThanEquals: EXPIRY,
    DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' },
  };
  const asked = { DateLessThan: { 'aws:CurrentTime': '2028-01-01T00:00:00Z' } };

  expect(withOurs(inForce, asked)).toEqual({ DateGreaterThan: inForce.DateGreaterThan, ...asked });
});

const operator = fc.constantFrom(
  ...[
    'StringEquals',
    'stringEquals',
    'StringEqualsIfExists',
    'StringLike',
    'StringNotEquals',
    'Null',
    'DateLessThan',
  ],
  ...[
    'ForAllValues:StringEquals',
    'ForAnyValue:StringEquals',
    'ForAllValues:StringEqualsIfExists',
    'StringEqualsIgnoreCase',
  ],
);
const KEYS = [
  VIA,
  'KMS:viaservice',
  'kms:EncryptionContext:aws:kinesis:arn',
  'aws:PrincipalOrgID',
  'aws:CurrentTime',
];
const VALUES = [
  'kinesis.eu-west-1.amazonaws.com',
  's3.eu-west-1.amazonaws.com',
  STREAM.arn,
  `${STREAM.arn}2`,
  '*',
  'true',
  '2027-01-01T00:00:00Z',
];
const someValues = fc.uniqueArray(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 });
const conditions = fc.dictionary(
  operator,
  fc.dictionary(fc.constantFrom(...KEYS), someValues, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  { maxKeys: 4, noNullPrototype: true },
);
/** With ours inside, so that what is kept is generated as often as what is not. */
const inForce = fc.tuple(conditions, fc.boolean()).map(([condition, whole]): Condition => {
  if (!whole) return condition;
  const { StringEquals = {} } = readerStatement(READER, 'key').Condition ?? {};
  return { ...condition, StringEquals: { ...condition.StringEquals, ...StringEquals } };
});
const someContext = fc.record(
  {
    'kms:ViaService': fc.constantFrom('kinesis.eu-west-1.amazonaws.com', 's3.eu-west-1.amazonaws.com'),
    'kms:EncryptionContext:aws:kinesis:arn': fc.constantFrom(STREAM.arn, `${STREAM.arn}2`),
    'aws:PrincipalOrgID': fc.constantFrom(...VALUES),
    'aws:CurrentTime': fc.constantFrom('2026-06-01T00:00:00Z', '2027-06-01T00:00:00Z'),
  },
  { requiredKeys: [] },
);
/** As Kinesis asks for this stream, so that what is allowed is generated often too. */
const FOR_STREAM = {
  'kms:ViaService': 'kinesis.eu-west-1.amazonaws.com',
  'kms:EncryptionContext:aws:kinesis:arn': STREAM.arn,
};
const contexts = fc
  .tuple(someContext, fc.boolean())
  .map(([some, exact]) => (exact ? { ...some, ...FOR_STREAM } : some));
const mayDecrypt = (statement: Statement, context: Record<string, string>) =>
  evaluate(
    {
      caller: { type: 'role', arn: READER.arn },
      action: 'kms:Decrypt',
      resource: { arn: KEY.arn, account: KEY.account },
      context,
    },
    {
      identity: [{ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
      key: { Version: '2012-10-17', Statement: statement },
    },
  ).allowed;
/** The lab takes operators as AWS spells them only. */
const asSpelled = (statement: Statement): Statement => ({
  ...statement,
  Condition: Object.fromEntries(
    Object.entries(statement.Condition ?? {}).map(([name, keys]) => [
      name === 'stringEquals' ? 'StringEquals' : name,
      keys,
    ]),
  ),
});

const KEY_STATEMENT = readerStatement(READER, 'key');
const OTHERS: Statement = {
  Effect: 'Allow',
  Principal: { AWS: '333333333333' },
  Action: 'kms:Decrypt',
  Resource: '*',
};

test('whatever the condition in force: apply allows no more than is asked for nor than was in force if that was strict; applied twice is once; remove takes it out', () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(inForce, contexts, (Condition, context) => {
      // Two spellings of one operator in one object are not a policy that the lab could read.
      fc.pre(!('StringEquals' in Condition && 'stringEquals' in Condition));
      const earlier: Statement = { ...KEY_STATEMENT, Condition };
      const once = mergeStatement({ Statement: [OTHERS, earlier] }, KEY_STATEMENT);
      const [, next = earlier] = once.Statement;

      const allowed = mayDecrypt(asSpelled(next), context);
      if (allowed) expect(mayDecrypt(KEY_STATEMENT, context)).toBe(true);
      if (next === earlier) {
        expect(
          removeStatement({ Statement: [OTHERS, { ...earlier, Sid: 'Theirs' }] }, KEY_STATEMENT)?.Statement,
        ).toEqual([OTHERS]);
      }
      expect(mergeStatement(once, KEY_STATEMENT)).toBe(once);
      expect(removeStatement(once, KEY_STATEMENT)?.Statement).toEqual([OTHERS]);
      outcomes.add(`${next === earlier ? 'kept' : 'changed'}, ${allowed ? 'allowed' : 'denied'}`);
    }),
    { numRuns: 1_000 },
  );
  expect([...outcomes].sort()).toEqual([
    'changed, allowed',
    'changed, denied',
    'kept, allowed',
    'kept, denied',
  ]);
});
