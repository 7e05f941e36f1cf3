import { type CautionOptions, cautionsOf } from '../../src/policy/cautions.js';
import type { Condition, Statement } from '../../src/policy/types.js';
import { REAL_KEY_POLICIES } from './helpers/real-key-policies.js';
import { KEY, READER } from './helpers/requests.js';

const AROUND: CautionOptions = {
  reader: READER,
  actions: ['kms:Decrypt'],
  resource: KEY.arn,
  owner: '111111111111',
};
const allow = (AWS: string | string[], rest: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Principal: { AWS },
  Action: 'kms:Decrypt',
  Resource: '*',
  ...rest,
});
const codes = (statement: Statement) =>
  cautionsOf({ Statement: [statement] }, AROUND).map(({ code }) => code);

describe.each(REAL_KEY_POLICIES)('$name', ({ statements, expected }) => {
  test('has no caution but those for other accounts', () => {
    const found = cautionsOf({ Statement: statements }, AROUND);
    expect(found.map(({ code, statement }) => [code, statement])).toEqual(expected);
  });
});

describe("what is the owner's own is no risk", () => {
  const own = '111111111111';
  const wild = { Action: ['kms:Create*', 'kms:Describe?'] };
  test.each<[string, Statement]>([
    ['its account', allow(own, wild)],
    [
      'its roles, users and sessions',
      allow(
        [
          `arn:aws:iam::${own}:role/a/b`,
          `arn:aws:iam::${own}:user/c`,
          `arn:aws:sts::${own}:assumed-role/b/s`,
        ],
        wild,
      ),
    ],
    [
      'its identity provider',
      { ...allow('x', wild), Principal: { Federated: `arn:aws:iam::${own}:saml-provider/a` } },
    ],
    [
      'all actions but some',
      { Effect: 'Allow', Principal: { AWS: own }, NotAction: 'kms:Decrypt', Resource: '*' },
    ],
    [
      'everyone of its account, by KMS',
      allow('*', {
        ...wild,
        Condition: { StringEquals: { 'kms:CallerAccount': own, 'kms:ViaService': 'x' } },
      }),
    ],
    [
      'everyone of its account',
      { ...allow('x', wild), Principal: '*', Condition: { StringEquals: { 'AWS:PrincipalAccount': [own] } } },
    ],
    [
      'roles of its account by a pattern',
      allow('*', { Condition: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${own}:role/*` } } }),
    ],
    [
      'all but somebody of its account',
      {
        Effect: 'Allow',
        NotPrincipal: { AWS: own },
        Action: 'a:b',
        Resource: '*',
        Condition: { StringEquals: { 'aws:PrincipalAccount': own } },
      },
    ],
    [
      'a service for its resources',
      {
        ...allow('x', wild),
        Principal: { Service: 's.amazonaws.com' },
        Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s:*:111111111111:*' } },
      },
    ],
    [
      'a service for its log groups',
      {
        ...allow('x', wild),
        Principal: { Service: 's.amazonaws.com' },
        Condition: { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': 'x' } },
      },
    ],
    ['a service without a wildcard', { ...allow('x'), Principal: { Service: 's.amazonaws.com' } }],
  ])('%s', (_what, statement) => {
    expect(codes(statement)).toEqual([]);
  });

  const asIfOwn: [string, Condition][] = [
    ['another account', { StringEquals: { 'aws:PrincipalAccount': '333333333333' } }],
    ['two accounts', { StringEquals: { 'aws:PrincipalAccount': [own, '333333333333'] } }],
    ['if the key is there', { StringEqualsIfExists: { 'aws:PrincipalAccount': own } }],
    ['for all values', { 'ForAllValues:StringEquals': { 'aws:PrincipalAccount': own } }],
    ['any account but its own', { StringNotEquals: { 'aws:PrincipalAccount': own } }],
    ['a pattern of accounts', { StringLike: { 'aws:PrincipalAccount': '1*' } }],
    ['a pattern before the account', { StringLike: { 'aws:PrincipalArn': 'arn:*:111111111111:*' } }],
    ['something else', { StringEquals: { 'kms:ViaService': own } }],
  ];
  test.each(asIfOwn)('unless the condition lets in %s', (_what, Condition) => {
    expect(codes(allow('*', { ...wild, Condition }))).toEqual(['everyone', 'wildcard-action']);
  });

  test('of a service that acts for any account it is noted', () => {
    const statement = {
      ...allow('x', wild),
      Principal: { AWS: own, Service: ['a.amazonaws.com', 'b.amazonaws.com'] },
    };
    expect(cautionsOf({ Statement: [statement] }, AROUND)).toEqual([
      {
        code: 'confused-deputy',
        rank: 'note',
        statement: 1,
        sid: undefined,
        message:
          'allows a.amazonaws.com and b.amazonaws.com kms:Create* and kms:Describe? for any account; aws:SourceAccount or aws:SourceArn would narrow it',
      },
    ]);
  });
});
