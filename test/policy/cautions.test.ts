import { parseStreamArn } from '../../src/aws/arn.js';
import { parseReaderArn, type ReaderArn } from '../../src/aws/reader-arn.js';
import { type CautionOptions, cautionsOf } from '../../src/policy/cautions.js';
import { grantByOwner } from '../../src/policy/grants.js';
import type { Statement } from '../../src/policy/types.js';
import { KEY, LAMBDA, OTHER, READER, STREAM } from './helpers/requests.js';

const SESSIONS = 'arn:aws:sts::222222222222:assumed-role/orders-reader';
const AROUND: CautionOptions = {
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
const codes = (statement: Statement, around: Partial<CautionOptions> = {}) =>
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
    ['with a condition', { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } } }],
    [
      "with a condition on the reader's account",
      { Condition: { StringNotEquals: { 'aws:PrincipalAccount': '111111111111' } } },
    ],
    ['of everyone but the reader and its account', { NotPrincipal: { AWS: [READER.arn, '222222222222'] } }],
    [
      'of everyone but the reader and its account by ARN',
      { NotPrincipal: { AWS: [READER.arn, 'arn:aws:iam::222222222222:root'] } },
    ],
    [
      'of everyone but the reader, its account and one of its sessions',
      { NotPrincipal: { AWS: [READER.arn, '222222222222', `${SESSIONS}/lab`] } },
    ],
  ])('%s wins', (_what, rest) => {
    expect(codes(deny(rest))).toEqual(['deny']);
  });

  test.each<[string, Partial<Statement>]>([
    ['calls without TLS', { Condition: { Bool: { 'aws:SecureTransport': false } } }],
    ['calls without TLS, if known', { Condition: { BoolIfExists: { 'aws:SecureTransport': 'false' } } }],
    ['calls but those with TLS', { Condition: { StringNotEquals: { 'aws:SecureTransport': 'true' } } }],
    ['somebody else', { Principal: { AWS: 'arn:aws:iam::222222222222:role/orders-reader2' } }],
    ['a service', { Principal: { Service: 'lambda.amazonaws.com' } }],
    ['all but everyone', { NotPrincipal: { AWS: '*' } }],
    [
      'all but the reader by its ARN in a condition',
      { Condition: { ArnNotEquals: { 'aws:PrincipalArn': [READER.arn, OTHER.arn] } } },
    ],
    [
      'another account by a condition',
      { Condition: { StringEquals: { 'aws:PrincipalAccount': '333333333333' } } },
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

  describe('with NotPrincipal may deny, and says what it must name and what to write instead', () => {
    const message = (reader: ReaderArn, ...AWS: string[]) =>
      cautionsOf({ Statement: [deny({ NotPrincipal: { AWS } })] }, { ...AROUND, reader })[0]?.message;
    const MAY = `may deny ${READER.arn} kinesis:GetRecords, kinesis:ListShards, and a Deny wins over every Allow: its NotPrincipal does not name`;
    const INSTEAD = `replace NotPrincipal by "Principal": "*" and the condition ArnNotEquals aws:PrincipalArn ${READER.arn}`;

    test('of a role with its account: the session', () => {
      expect(message(READER, READER.arn, READER.account)).toBe(
        `${MAY} the session that the role calls as, ${SESSIONS}/<session name>; ${INSTEAD}, which needs no session names`,
      );
    });

    test('of a role with its account and a session: the other sessions', () => {
      const text = message(READER, READER.arn, READER.account, `${SESSIONS}/lab`);

      expect(text).toContain(`${MAY} any session of the role but ${SESSIONS}/lab; ${INSTEAD}`);
    });

    test('of a role by itself: its account too', () => {
      expect(message(READER, READER.arn)).toContain(
        `${MAY} the account arn:aws:iam::222222222222:root and the session`,
      );
    });

    test('of a user: its account, and nothing once both are named', () => {
      const user = parseReaderArn('arn:aws:iam::222222222222:user/orders-reader');

      expect(message(user, user.arn)).toMatch(
        /does not name the account arn:aws:iam::222222222222:root; replace/,
      );
      expect(message(user, user.arn, user.account)).toBeUndefined();
    });
  });

  test('of a single session may deny', () => {
    const [caution] = cautionsOf({ Statement: [deny({ Principal: { AWS: `${SESSIONS}/lab` } })] }, AROUND);

    expect(caution?.message).toMatch(/^may deny .*: it denies the session .*orders-reader\/lab$/);
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
    ['a wildcard', allow('x', { Action: 'kinesis:*' }), 'allows every action that matches kinesis:*'],
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
      'has no Action: KMS accepts it, and it has no effect',
    ],
    [
      'no Resource',
      { ...whole, Resource: undefined as never },
      'has no Resource: KMS accepts it, and it has no effect',
    ],
    ['neither', { Effect: 'Allow', Principal: '*' }, 'has no Action: KMS accepts it, and it has no effect'],
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

describe('after a removal', () => {
  const left = (statement: Statement, around: Partial<CautionOptions> = {}) =>
    cautionsOf({ Statement: [statement] }, { ...AROUND, ...around, removal: true }).filter(({ code }) =>
      ['still-allowed', 'still-named', 'same-name'].includes(code),
    );

  test.each<[string, Statement, RegExp]>([
    [
      'the name, where more is granted',
      allow([READER.arn, OTHER.arn], { Action: ['kinesis:GetRecords', 'kinesis:PutRecord'] }),
      /^still allows \S+role\/orders-reader kinesis:GetRecords: it names \S+role\/orders-reader and covers more than/,
    ],
    [
      'a session, where more is granted',
      allow(`${SESSIONS}/lab`, { Action: 'kinesis:*' }),
      /^still allows .* kinesis:GetRecords, kinesis:ListShards: it names \S+assumed-role\/orders-reader\/lab /,
    ],
    [
      'the name, by NotAction',
      { Effect: 'Allow', Principal: { AWS: READER.arn }, NotAction: 'kinesis:Put*' },
      /^still allows /,
    ],
    ['the name, by NotResource', allow(READER.arn, { NotResource: `${STREAM.arn}2` }), /^still allows /],
    [
      'the account, which only may',
      allow('222222222222'),
      /^may still allow \S+ kinesis:GetRecords: it allows all of account 222222222222, and lets its IAM policies decide who; name the roles/,
    ],
    ['the account by ARN', allow('arn:aws:iam::222222222222:root'), /^may still allow /],
    [
      'everyone under a condition, which is shown',
      allow('*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-1', 'o-2'] } } }),
      / while aws:PrincipalOrgID StringEquals o-1 or o-2: it allows every principal/,
    ],
    [
      'all but somebody',
      { Effect: 'Allow', NotPrincipal: { AWS: OTHER.arn }, Action: 'kinesis:GetRecords' },
      /^may still allow .*: it allows everyone but the principals that it names/,
    ],
    [
      'a pattern of ARNs in a condition',
      allow('*', { Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:role/*' } } }),
      /^may still allow /,
    ],
    [
      'a pattern of resources with a variable',
      allow('*', { Resource: `arn:aws:kinesis:*:*:stream/\${aws:PrincipalTag/stream}` }),
      /^may still allow /,
    ],
  ])('%s is said to be still allowed', (_what, statement, message) => {
    expect(left(statement)).toMatchObject([
      { code: 'still-allowed', message: expect.stringMatching(message) },
    ]);
  });

  test.each<[string, Statement]>([
    ['another account', allow('333333333333')],
    ['the account of the owner', allow('111111111111')],
    ['another role', allow('arn:aws:iam::222222222222:role/orders-reader2')],
    ['another action', allow('*', { Action: 'kinesis:PutRecord' })],
    ['another resource', allow('*', { Resource: `${STREAM.arn}2` })],
    ['an AWS service', allow('*', { Condition: { Bool: { 'aws:PrincipalIsAWSService': 'true' } } })],
    [
      'everyone until a day that is over',
      allow('*', { Condition: { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } } }),
    ],
    [
      'everyone of another account',
      allow('*', { Condition: { StringEquals: { 'aws:PrincipalAccount': '333333333333' } } }),
    ],
    ['nobody', deny({})],
    ['a service', { ...allow('x'), Principal: { Service: 'lambda.amazonaws.com' } }],
  ])('what allows %s is not', (_what, statement) => {
    expect(left(statement)).toEqual([]);
  });

  describe('a Deny for the reader', () => {
    const whole = allow('222222222222', { Action: 'kinesis:*' });
    const remaining = (rest: Partial<Statement>) =>
      cautionsOf(
        { Statement: [whole, deny({ Principal: { AWS: READER.arn }, ...rest })] },
        { ...AROUND, removal: true },
      ).filter(({ code }) => code === 'still-allowed');

    test('ends what others let it do', () => {
      expect(remaining({})).toEqual([]);
      expect(remaining({ Principal: '*' })).toEqual([]);
    });

    test('of some actions leaves the others', () => {
      const [caution] = remaining({ Principal: '*', Action: 'kinesis:GetRecords' });

      expect(caution?.message).toMatch(/role\/orders-reader kinesis:ListShards: it allows all of account/);
    });

    test.each<[string, Partial<Statement>]>([
      ['under a condition', { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } } }],
      ['of a single session', { Principal: { AWS: `${SESSIONS}/lab` } }],
      ['of everyone but the reader', { NotPrincipal: { AWS: [READER.arn, READER.account] } }],
    ])('%s does not', (_what, rest) => {
      expect(remaining(rest)).toHaveLength(1);
    });
  });

  test('a user may take the name of any federated user of its account', () => {
    const user = parseReaderArn('arn:aws:iam::222222222222:user/orders-reader');
    const statement = allow('arn:aws:sts::222222222222:federated-user/orders-reader');

    expect(left(statement, { reader: user })).toMatchObject([{ code: 'still-allowed' }]);
    expect(left(statement)).toEqual([]);
  });

  test('a statement that names the reader for something else than reading is said to be left', () => {
    expect(left(allow([READER.arn], { Action: 'kinesis:PutRecord' }))).toEqual([
      {
        code: 'still-named',
        rank: 'note',
        statement: 1,
        sid: undefined,
        message: `still allows ${READER.arn} something other than reading this stream, and is left as it is`,
      },
    ]);
    expect(codes(allow([READER.arn], { Action: 'kinesis:PutRecord' }))).toEqual([]);
  });

  describe("in a key's policy", () => {
    const around = { actions: ['kms:Decrypt'], resource: KEY.arn, decryptsFor: STREAM };
    const ofKey = (Condition?: Statement['Condition']) =>
      allow(READER.arn, { Action: 'kms:Decrypt', Resource: '*', ...(Condition && { Condition }) });

    test('a Decrypt for another stream is not of this reader reading this one', () => {
      const other = parseStreamArn(`${STREAM.arn}2`);
      const { keyPolicyStatement } = grantByOwner({ ...LAMBDA, stream: other, key: KEY });

      expect(left(keyPolicyStatement as Statement, around)).toMatchObject([{ code: 'still-named' }]);
    });

    test.each([
      ['without a condition', undefined],
      ['by way of Kinesis', { StringEquals: { 'kms:ViaService': 'kinesis.eu-west-1.amazonaws.com' } }],
      ['for streams by a pattern', { StringLike: { 'kms:EncryptionContext:aws:kinesis:arn': '*stream/*' } }],
    ])('a Decrypt %s is', (_what, Condition) => {
      expect(left(ofKey(Condition), around)).toMatchObject([{ code: 'still-allowed' }]);
    });

    test('a Decrypt by way of another service is not', () => {
      const Condition = { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } };

      expect(left(ofKey(Condition), around)).toMatchObject([{ code: 'still-named' }]);
    });

    test('a statement without a resource has no effect', () => {
      expect(left(allow('222222222222', { Action: 'kms:*' }), around)).toEqual([]);
    });
  });

  test.each([
    ['the account', { AWS: READER.account }],
    ['the role', { AWS: READER.arn }],
    ['account, role and a session', { AWS: [READER.account, READER.arn, `${SESSIONS}/lab`] }],
  ])('an Allow with NotPrincipal that names %s may still allow a session', (_what, NotPrincipal) => {
    expect(left({ Effect: 'Allow', NotPrincipal, Action: 'kinesis:*' })).toContainEqual(
      expect.objectContaining({ code: 'still-allowed' }),
    );
  });

  test('a role of the same name under another path is pointed at, in a condition too', () => {
    const other = READER.arn.replace('role/', 'role/service-role/');
    const statement = allow('*', { Condition: { ArnEquals: { 'aws:PrincipalArn': other } } });

    expect(left(statement)).toContainEqual(expect.objectContaining({ code: 'same-name', rank: 'access' }));
  });

  test('a role of the same name under another path is pointed at', () => {
    const other = 'arn:aws:iam::222222222222:role/service-role/orders-reader';

    expect(left(allow(other))).toMatchObject([
      {
        code: 'same-name',
        message: expect.stringContaining(`still names ${other}, and an account has only one`),
      },
    ]);
    expect(left(allow('arn:aws:iam::222222222222:user/a/orders-reader'))).toEqual([]);
  });
});
