import type { Statement } from '../../../src/policy/types.js';

const OWNER = '111111111111';
const arn = (name: string) => `arn:aws:iam::${OWNER}:${name}`;
const allow = (
  Sid: string,
  Principal: Statement['Principal'],
  Action: string | string[],
  rest = {},
): Statement => ({
  Sid,
  Effect: 'Allow',
  ...(Principal && { Principal }),
  Action,
  Resource: '*',
  ...rest,
});

const ROOT = allow('Enable IAM User Permissions', { AWS: arn('root') }, 'kms:*');
const ADMINISTRATORS = allow(
  'Allow access for Key Administrators',
  { AWS: [arn('role/Admin'), arn('user/admin')] },
  [
    'kms:Create*',
    'kms:Describe*',
    'kms:Enable*',
    'kms:List*',
    'kms:Put*',
    'kms:Get*',
    'kms:Delete*',
    'kms:TagResource',
  ],
);
const USE = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];
const GRANTS = ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'];
const FOR_RESOURCES = { Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } };
const users = (AWS: string | string[]): Statement[] => [
  allow('Allow use of the key', { AWS }, USE),
  allow('Allow attachment of persistent resources', { AWS }, GRANTS, FOR_RESOURCES),
];

/** Key policies as tools make them, with the cautions that each deserves: code and place. */
export const REAL_KEY_POLICIES: {
  name: string;
  statements: Statement[];
  expected: [code: string, statement: number][];
}[] = [
  { name: 'the default of CreateKey', statements: [ROOT], expected: [] },
  {
    name: "the console's",
    statements: [ROOT, ADMINISTRATORS, ...users(arn('role/producer'))],
    expected: [],
  },
  {
    name: "the console's with another account as a user of the key",
    statements: [ROOT, ADMINISTRATORS, ...users([arn('role/producer'), 'arn:aws:iam::333333333333:root'])],
    expected: [['whole-account', 3]],
  },
  {
    name: 'one like that of an AWS managed key, for all of the account by way of a service',
    statements: [
      allow('Allow access through Kinesis', { AWS: '*' }, USE, {
        Condition: {
          StringEquals: { 'kms:CallerAccount': OWNER, 'kms:ViaService': 'kinesis.eu-west-1.amazonaws.com' },
        },
      }),
      allow('Allow direct access to key metadata', { AWS: arn('root') }, [
        'kms:Describe*',
        'kms:Get*',
        'kms:List*',
      ]),
    ],
    expected: [],
  },
  {
    name: 'one for CloudWatch Logs and CloudTrail',
    statements: [
      ROOT,
      allow('Logs', { Service: 'logs.eu-west-1.amazonaws.com' }, USE, {
        Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:eu-west-1:${OWNER}:*` } },
      }),
      allow('Trail', { Service: 'cloudtrail.amazonaws.com' }, 'kms:GenerateDataKey*', {
        Condition: { StringEquals: { 'aws:SourceArn': `arn:aws:cloudtrail:eu-west-1:${OWNER}:trail/t` } },
      }),
    ],
    expected: [],
  },
  {
    name: 'one for a service-linked role and for an organization',
    statements: [
      ROOT,
      ...users(arn('role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling')),
      allow('Organization', '*', 'kms:Decrypt', {
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
      }),
    ],
    expected: [['everyone', 4]],
  },
  {
    name: 'one that grants decryption to a role of another account',
    statements: [
      ROOT,
      allow('Decrypt', { AWS: 'arn:aws:iam::333333333333:role/r' }, ['kms:Decrypt', 'kms:DescribeKey']),
    ],
    expected: [],
  },
];
