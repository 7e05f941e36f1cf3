import { parseStreamArn } from '../../src/aws/arn.js';
import { cautionsOf, type Surroundings } from '../../src/policy/cautions.js';
import { grantByOwner } from '../../src/policy/grants.js';
import type { Statement } from '../../src/policy/types.js';
import { KEY, LAMBDA, READER, STREAM } from './helpers/requests.js';

const AROUND: Surroundings = {
  reader: READER,
  actions: ['kinesis:GetRecords', 'kinesis:ListShards'],
  resource: STREAM.arn,
  owner: '111111111111',
};
const allow = (AWS: string | string[], rest: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Principal: { AWS },
  Action: 'kinesis:GetRecords',
  ...rest,
});
const deny = ({ NotPrincipal, NotAction, ...rest }: Partial<Statement>): Statement => ({
  Effect: 'Deny',
  ...(NotPrincipal === undefined ? { Principal: '*' } : { NotPrincipal }),
  ...(NotAction === undefined ? { Action: 'kinesis:*' } : { NotAction }),
  ...rest,
});
const codes = (statement: Statement, around: Partial<Surroundings> = {}) =>
  cautionsOf({ Statement: [statement] }, { ...AROUND, ...around }).map(({ code }) => code);

test('what the tool itself writes needs no caution', () => {
  expect(cautionsOf(grantByOwner(LAMBDA).streamPolicy, AROUND)).toEqual([]);
  expect(cautionsOf(undefined, AROUND)).toEqual([]);
});

test.each<[string, Statement, string[]]>([
  ['everyone, as a text', { ...allow('x'), Principal: '*' }, ['everyone']],
  ['everyone, as an AWS principal', allow(['x', '*']), ['everyone']],
  ['a whole account by its number', allow('222222222222'), ['whole-account']],
  ['a whole account by its ARN', allow('arn:aws-cn:iam::222222222222:root'), ['whole-account']],
  ['two accounts', allow(['222222222222', '333333333333']), ['whole-account', 'whole-account']],
  ["the owner's own account", allow('111111111111'), []],
  [
    "the owner's own account with a wildcard",
    allow('arn:aws:iam::111111111111:root', { Action: 'kms:*' }),
    [],
  ],
  [
    "the owner's own account and another with a wildcard",
    allow(['111111111111', 'x'], { Action: 'kms:*' }),
    ['wildcard-action'],
  ],
  ['all but somebody', { Effect: 'Allow', NotPrincipal: { AWS: 'x' }, Action: 'a:b' }, ['not-principal']],
  ['a wildcard in an action', allow('x', { Action: ['kinesis:Get*'] }), ['wildcard-action']],
  ['a question mark in an action', allow('x', { Action: 'kinesis:GetRecord?' }), ['wildcard-action']],
  ['every action', allow('x', { Action: '*' }), ['wildcard-action']],
  ['all actions but some', { Effect: 'Allow', Principal: { AWS: 'x' }, NotAction: 'a:b' }, ['not-action']],
  ['a role that is gone', allow('AROAEXAMPLE1234567890'), ['principal-gone']],
  ['a user that is gone', deny({ Principal: { AWS: 'AIDAEXAMPLE1234567890' } }), ['principal-gone']],
  ['a service', { ...allow('x'), Principal: { Service: 'lambda.amazonaws.com' } }, []],
])('%s', (_what, statement, expected) => {
  expect(codes(statement)).toEqual(expected);
});

describe('a Deny', () => {
  test.each<[string, Partial<Statement>]>([
    ['of everyone', {}],
    ['of the reader', { Principal: { AWS: READER.arn } }],
    ["of the reader's account", { Principal: { AWS: '222222222222' } }],
    ["of the reader's account by ARN", { Principal: { AWS: 'arn:aws:iam::222222222222:root' } }],
    [
      "of one of the reader's sessions",
      { Principal: { AWS: 'arn:aws:sts::222222222222:assumed-role/orders-reader/s' } },
    ],
    ['of everyone but others', { NotPrincipal: { AWS: 'arn:aws:iam::222222222222:root' } }],
    ['of everyone but the reader, whose account is not named', { NotPrincipal: { AWS: READER.arn } }],
    ['of one of the actions', { Action: 'kinesis:getrecords' }],
    ['of all actions but others', { NotAction: 'kinesis:Put*' }],
    ['on the stream', { Resource: STREAM.arn }],
    ['on streams like it', { Resource: ['x', 'arn:aws:kinesis:*:*:stream/ord*'] }],
    ['on all but other streams', { NotResource: `${STREAM.arn}2` }],
    ['with a condition', { Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
  ])('%s wins', (_what, rest) => {
    expect(codes(deny(rest))).toEqual(['deny']);
  });

  test.each<[string, Partial<Statement>]>([
    ['somebody else', { Principal: { AWS: 'arn:aws:iam::222222222222:role/orders-reader2' } }],
    ['a service', { Principal: { Service: 'lambda.amazonaws.com' } }],
    ['all but the reader and its account', { NotPrincipal: { AWS: [READER.arn, '222222222222'] } }],
    [
      'all but the reader and its account by ARN',
      { NotPrincipal: { AWS: [READER.arn, 'arn:aws:iam::222222222222:root'] } },
    ],
    ['another action', { Action: ['kinesis:PutRecord', 'kms:*'] }],
    ['all actions but these', { NotAction: 'kinesis:*' }],
    ['another stream', { Resource: `${STREAM.arn}2` }],
    ['all but this stream', { NotResource: STREAM.arn }],
  ])('of %s is of no concern', (_what, rest) => {
    expect(codes(deny(rest))).toEqual([]);
  });

  test('is told with the actions that it takes away, and that it depends on a condition', () => {
    const [caution] = cautionsOf(
      {
        Statement: [allow('x'), deny({ Sid: 'No', Action: 'kinesis:G*', Condition: { Bool: { a: true } } })],
      },
      AROUND,
    );

    expect(caution).toEqual({
      code: 'deny',
      rank: 'access',
      statement: 2,
      sid: 'No',
      message: `denies ${READER.arn} kinesis:GetRecords while a Bool true, and a Deny wins over every Allow`,
    });
  });

  test('is of no concern when the reader is taken out', () => {
    expect(codes(deny({}), { removal: true })).toEqual([]);
  });
});

describe('a condition is named where a caution leans on it', () => {
  const message = (statement: Statement) =>
    cautionsOf({ Statement: [statement] }, AROUND).map((caution) => caution.message)[0];
  const Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } };

  test.each<[string, Statement, string]>([
    ['everyone', allow('*'), 'allows every principal of every account'],
    [
      'an account',
      allow('222222222222'),
      'allows all of account 222222222222, whose administrators choose who that is',
    ],
    ['a wildcard', allow('x', { Action: 'kinesis:*' }), 'allows whatever kinesis:* matches'],
    [
      'all actions but some',
      { ...deny({ NotAction: 'a:b' }), Effect: 'Allow', Principal: { AWS: 'x' } },
      'allows every action but those that it names',
    ],
    [
      'all but somebody',
      { ...deny({ NotPrincipal: { AWS: 'x' } }), Effect: 'Allow', Action: 'a:b' },
      'allows everyone but the principals that it names',
    ],
  ])('%s', (_what, statement, text) => {
    expect(message({ ...statement, Condition })).toBe(
      `${text} while aws:PrincipalOrgID StringEquals o-1${text.startsWith('allows all of') ? '; name a role' : ''}`,
    );
    expect(message(statement)).not.toContain(' while ');
  });

  test('of a long one the beginning', () => {
    const ids = ['1', '2', '3', '4', '5'];
    const long = {
      StringEquals: { a: ids, b: '1' },
      Bool: { c: true },
      Null: { d: 'false', e: 'false' },
    };
    expect(message(allow('*', { Condition: long }))).toBe(
      'allows every principal of every account while a StringEquals 1 or 2 or 3 or 2 more and b StringEquals 1 and c Bool true and 2 more',
    );
  });
});

describe('the rank', () => {
  test('what concerns the reader comes first, then what lets others in, then notes; each by its place', () => {
    const statements = [
      allow('x', { Sid: 'A' }),
      allow('*', { Sid: 'A' }),
      allow('222222222222'),
      deny({ Action: 'kinesis:ListShards' }),
      allow('AROAEXAMPLE1234567890'),
      deny({}),
    ];
    expect(
      cautionsOf({ Statement: statements }, AROUND).map(({ rank, code, statement }) => [
        rank,
        code,
        statement,
      ]),
    ).toEqual([
      ['access', 'deny', 4],
      ['access', 'deny', 6],
      ['risk', 'everyone', 2],
      ['risk', 'whole-account', 3],
      ['note', 'repeated-sid', 2],
      ['note', 'principal-gone', 5],
    ]);
  });
});

describe('without effect', () => {
  const about = (statement: Partial<Statement>, resource = KEY.arn) =>
    cautionsOf({ Statement: [statement as Statement] }, { ...AROUND, resource }).map(
      ({ code, rank, message }) => [code, rank, message],
    );
  const whole = { Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' } as const;

  test.each<[string, Partial<Statement>, string]>([
    [
      'no Action',
      { ...whole, Action: undefined as never },
      'has no Action: KMS takes it, and it has no effect',
    ],
    [
      'no Resource',
      { ...whole, Resource: undefined as never },
      'has no Resource: KMS takes it, and it has no effect',
    ],
    ['neither', { Effect: 'Allow', Principal: '*' }, 'has no Action: KMS takes it, and it has no effect'],
    ['an empty list', { ...whole, Action: [] }, 'has an empty list as its Action, and no effect'],
    [
      'an empty list of resources',
      { ...whole, Resource: [] },
      'has an empty list as its Resource, and no effect',
    ],
    ['nobody', { ...whole, Principal: { AWS: [] } }, 'has a Principal that names nobody, and no effect'],
  ])("a key's statement with %s is noted, and nothing else is said of it", (_what, statement, message) => {
    expect(about(statement)).toEqual([['no-effect', 'note', message]]);
  });

  test.each<[string, Partial<Statement>, string]>([
    ['NotAction', { Effect: 'Deny', Principal: '*', NotAction: [], Resource: '*' }, KEY.arn],
    ['NotResource', { Effect: 'Deny', Principal: '*', Action: 'kinesis:*', NotResource: [] }, KEY.arn],
    ['no Resource on a stream', { Effect: 'Deny', Principal: '*', Action: 'kinesis:*' }, STREAM.arn],
  ])('%s is for everything', (_what, statement, resource) => {
    expect(about(statement, resource).map(([code]) => code)).toEqual(['deny']);
  });
});

test('Sids that are empty or blank are none', () => {
  const statements = [
    allow('*', { Sid: '' }),
    allow('*', { Sid: '' }),
    allow('x', { Sid: ' ' }),
    allow('y', { Sid: ' ' }),
  ];
  expect(cautionsOf({ Statement: statements }, AROUND)).toMatchObject([
    { code: 'everyone', statement: 1, sid: undefined },
    { code: 'everyone', statement: 2, sid: undefined },
  ]);
});

test('a Sid that stands twice is told of once, at the second', () => {
  const statements = [allow('x', { Sid: 'A' }), allow('y', { Sid: 'A' }), allow('z')];
  expect(cautionsOf({ Statement: statements }, AROUND)).toMatchObject([
    { code: 'repeated-sid', statement: 2 },
  ]);
});

test("what a key's policy allows the reader for another stream is not said to be more than reading", () => {
  const other = parseStreamArn(`${STREAM.arn}2`);
  const { keyPolicyStatement } = grantByOwner({ ...LAMBDA, stream: other, key: KEY });

  const around = { ...AROUND, resource: KEY.arn, removal: true };
  const cautions = cautionsOf({ Statement: [keyPolicyStatement as Statement] }, around);

  expect(cautions.map(({ message }) => message)).toEqual([
    `still allows ${READER.arn} something: it is not for reading this stream alone, and is left as it is`,
  ]);
});

test('a reader that is taken out and still named is told of', () => {
  const statement = allow([READER.arn], { Action: 'kinesis:PutRecord' });
  expect(codes(statement, { removal: true })).toEqual(['still-named']);
  expect(codes(statement)).toEqual([]);
});
