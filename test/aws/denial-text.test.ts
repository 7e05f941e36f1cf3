import { readDenial } from '../../src/aws/known-errors/denial-text.js';

const WHO =
  'User: arn:aws:sts::222222222222:assumed-role/r/s is not authorized to perform: kinesis:GetRecords on resource: arn:aws:kinesis:us-east-1:111111111111:stream/orders';

/** The phrases of "Troubleshoot access denied error messages" (IAM User Guide), and who can change that policy. */
test.each([
  ['identity-based policy', 'reader'],
  ['permissions boundary', 'reader'],
  ['session policy', 'reader'],
  ['service control policy', 'reader'],
  ['VPC endpoint policy', 'reader'],
  ['resource-based policy', 'stream owner'],
  ['resource control policy', 'stream owner'],
])('%s', (policy, fixedBy) => {
  const implicit = { policy, explicit: false, fixedBy };
  const explicit = { policy, explicit: true, fixedBy };
  const allows = `because no ${policy} allows the kinesis:GetRecords action`;
  const denies = `with an explicit deny in ${/^[aeiou]/.test(policy) ? 'an' : 'a'} ${policy}`;
  const encoded = 'Encoded authorization failure message: XQ_jqde5rHje6j9P-qke7';

  expect(readDenial(`${WHO} ${allows}`)).toEqual(implicit);
  expect(readDenial(`${WHO} ${allows}. ${encoded}`)).toEqual(implicit);
  expect(readDenial(`${WHO} ${denies}`)).toEqual(explicit);
  expect(readDenial(`${WHO} ${denies}.`)).toEqual(explicit);
  expect(readDenial(`${WHO} ${denies}. ${encoded}`)).toEqual(explicit);
  expect(readDenial(`${WHO}\n${denies.replaceAll(' ', '\n')}`)).toEqual(explicit);
});

test.each([
  'resource: arn:aws:kms:us-east-1:111111111111:key/1234',
  'the resource associated with this ciphertext',
])("KMS's own text of %s is about the key's side, be it missing, not allowed or denied", (on) => {
  const text = `User: arn:aws:sts::222222222222:assumed-role/r/s is not authorized to perform: kms:Decrypt on ${on} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`;
  const found = { policy: 'resource-based policy', explicit: false, fixedBy: 'stream owner' };

  expect(readDenial(text)).toEqual(found);
  expect(readDenial(text.replaceAll(' ', '\n'))).toEqual(found);
});

describe('with the ARN of the policy, since 2025 within an account or organization', () => {
  test.each([
    [
      'service control policy',
      'arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd',
    ],
    [
      'resource control policy',
      'arn:aws:organizations::987654321098:policy/o-qv5af4abcd/resource_control_policy/p-2kgnabcd',
    ],
    ['identity-based policy', 'arn:aws:iam::222222222222:policy/teams/No'],
    ['permissions boundary', 'arn:aws-us-gov:iam::222222222222:policy/boundary'],
  ])('%s', (policy, policyArn) => {
    const found = { policy, explicit: true, policyArn };
    const denies = `with an explicit deny in a ${policy}: ${policyArn}`;

    expect(readDenial(`${WHO} ${denies}`)).toMatchObject(found);
    expect(readDenial(`${WHO} ${denies}.`)).toMatchObject(found);
    expect(readDenial(`${WHO} ${denies}. Encoded authorization failure message: XQ_jqde5rHj`)).toMatchObject(
      found,
    );
    expect(readDenial(`${WHO} ${denies} (Service: Kinesis, Status Code: 400)`)).toMatchObject(found);
  });
});

test('with an authorization ID, since 2026', () => {
  const text =
    'User: arn:aws:iam::123456789012:user/janedoe is not authorized to perform: iam:CreateInstanceProfile on resource: ' +
    'arn:aws:iam::123456789012:instance-profile/my-instance-profile with an explicit deny in an identity-based policy: ' +
    'arn:aws:iam::123456789012:policy/ExampleDenyPolicy. Go to https://us-east-1.console.aws.amazon.com/iam/home?' +
    'region=us-east-1#/authorization-details/EXAMPLE1a2b3c4d5e6f7g8h9i0j for complete details, or call the ' +
    'GetRequestAuthorizationDetails API with the following authorization id: EXAMPLE1a2b3c4d5e6f7g8h9i0j';

  expect(readDenial(text)).toEqual({
    policy: 'identity-based policy',
    explicit: true,
    fixedBy: 'reader',
    policyArn: 'arn:aws:iam::123456789012:policy/ExampleDenyPolicy',
    authorizationId: 'EXAMPLE1a2b3c4d5e6f7g8h9i0j',
  });
});

test.each([
  ['the older text', `${WHO} with an explicit deny`],
  ['with a full stop', `${WHO} with an explicit deny.`],
  [
    'of what has no resource',
    'User: x is not authorized to perform: timestream:DescribeEndpoints with an explicit deny',
  ],
  [
    'with what an SDK adds',
    `${WHO} with an explicit deny (Service: Kinesis, Status Code: 400, Request ID: 1)`,
  ],
  ['encoded', `${WHO} with an explicit deny. Encoded authorization failure message: XQ_jqde5rHj`],
])('an explicit deny that names no policy: %s', (_what, text) => {
  expect(readDenial(text)).toEqual({ policy: undefined, explicit: true, fixedBy: 'both' });
});

test.each([
  ['nothing after the resource', WHO],
  [
    'of Kinesis for KMS',
    'User arn:aws:sts::222222222222:assumed-role/r/s is not authorized to decrypt records in stream 111111111111:orders',
  ],
  [
    'of KMS for a ciphertext',
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  ],
  [
    'encoded alone',
    'You are not authorized to perform this operation. Encoded authorization failure message: XQ_jqde5rHj',
  ],
  ['of S3, and of services that say no more', 'Access Denied'],
  ['a name that sounds like one', `${WHO.replace('stream/orders', 'stream/explicit-deny')}`],
  ['empty', ''],
])('no reason is given: %s', (_what, text) => {
  expect(readDenial(text)).toEqual({ policy: undefined, explicit: false, fixedBy: 'both' });
});

test('of a role that is assumed', () => {
  expect(readDenial('… because no role trust policy allows the sts:AssumeRole action')).toMatchObject({
    policy: 'role trust policy',
    explicit: false,
  });
});
