import type { KnownError } from './known-error.js';

const DENIED = ['AccessDenied', 'UnauthorizedOperation'];
/** With those that Kinesis passes on from KMS. */
const ALL_DENIED = [...DENIED, 'KMSAccessDenied'];

/** Errors about what the caller may do. */
export const DENIALS = {
  'assume-role-as-root': {
    names: [],
    ambiguous: { names: DENIED, text: /may not be assumed by root/ },
    kind: 'refused',
    fixedBy: 'reader',
    cause: 'The caller is the root user of an account, which can assume no role.',
    remedy: 'Call with the credentials of a role or of an IAM user.',
  },
  'session-duration': {
    names: [],
    ambiguous: { names: ['Validation', 'ValidationError'], text: /DurationSeconds exceeds/ },
    kind: 'refused',
    fixedBy: 'reader',
    cause: 'The session is to last longer than the role allows; one hour is the limit if a role assumes it.',
    remedy:
      "Ask for a shorter session (duration_seconds in the profile), or raise the role's maximum session duration.",
  },
  'assume-role-deny': {
    names: [],
    ambiguous: { names: DENIED, text: /sts:(AssumeRole|TagSession|SetSourceIdentity).*explicit deny/s },
    kind: 'refused',
    cause: "A Deny forbids to assume the role, and wins over the role's trust policy.",
    remedy: 'Who manages the policy that AWS names must take sts:AssumeRole out of its Deny.',
  },
  'assume-role-web-identity': {
    names: [],
    ambiguous: { names: DENIED, text: /sts:AssumeRoleWith/ },
    kind: 'refused',
    fixedBy: 'reader',
    cause:
      "The role's trust policy does not accept the token's subject or audience, or there is no such role.",
    remedy:
      "The trust policy of the role in AWS_ROLE_ARN must allow sts:AssumeRoleWithWebIdentity to the OIDC provider, with the token's subject (sub) and audience (aud).",
  },
  'assume-role': {
    names: [],
    ambiguous: { names: DENIED, text: /sts:(AssumeRole|TagSession|SetSourceIdentity)/ },
    kind: 'refused',
    cause:
      'The role for the stream may not be assumed: one of both sides does not allow it, the external id differs, or there is no such role.',
    remedy:
      "The role's trust policy must allow this role to assume it, with the external id that is given, and this role's IAM policy must allow sts:AssumeRole on it.",
  },
  'session-too-large': {
    names: ['PackedPolicyTooLarge'],
    kind: 'refused',
    fixedBy: 'reader',
    cause: 'The tags that the session inherits are too large together.',
    remedy: 'Assume the role from a session with fewer transitive session tags.',
  },
  'not-this-service': {
    names: ['UnknownOperation', 'InvalidAction'],
    ambiguous: { names: DENIED, text: /Unable to determine service\/operation/ },
    kind: 'unclear',
    cause: 'What answered does not know the call: it is another service, or an emulator without it.',
    remedy: 'Check the endpoint (kinesisEndpoint, dynamoDBEndpoint, AWS_ENDPOINT_URL_…).',
  },
  'explicit-deny': {
    names: [],
    ambiguous: { names: ALL_DENIED, text: /with an explicit deny/ },
    kind: 'barred',
    cause: 'A Deny in the policy that the text names wins over every Allow.',
    remedy:
      'No statement that is added helps: who manages the policy that AWS names must take the action, or this reader, out of its Deny. Where AWS names none, look in the policy of the stream, consumer or key (`policy diff` shows a Deny), in the IAM policies of the caller, and in those of the organization.',
  },
  'permissions-boundary': {
    names: [],
    ambiguous: { names: ALL_DENIED, text: /no permissions boundary allows/ },
    kind: 'barred',
    limits: ['permissions boundary'],
    fixedBy: 'reader',
    cause: 'The permissions boundary of the caller does not have the action.',
    remedy: 'The permissions boundary must allow the action, beside the IAM policy of the caller.',
  },
  'session-policy': {
    names: [],
    ambiguous: { names: ALL_DENIED, text: /no session policy allows/ },
    kind: 'barred',
    limits: ['session policy'],
    fixedBy: 'reader',
    cause: 'The role was assumed with a session policy that does not have the action.',
    remedy: 'The session policy, given when the role was assumed, must allow the action.',
  },
  organization: {
    names: [],
    ambiguous: { names: ALL_DENIED, text: /no (service|resource) control policy allows/ },
    kind: 'barred',
    limits: ['service control policy', 'resource control policy'],
    cause:
      'A policy of the organization does not let the action through: a service control policy is of the account of the caller, a resource control policy of the account of the stream or key.',
    remedy: 'The administrators of the organization must allow the action in the policy that AWS names.',
  },
  'vpc-endpoint': {
    names: [],
    ambiguous: { names: ALL_DENIED, text: /no VPC endpoint policy allows/ },
    kind: 'barred',
    limits: ['VPC endpoint policy'],
    fixedBy: 'reader',
    cause: 'The call goes through a VPC endpoint whose policy does not have the action or the resource.',
    remedy: 'The policy of the VPC endpoint must allow the action on the resource.',
  },
  'queue-key': {
    names: ['KMSAccessDenied'],
    services: ['sqs'],
    kind: 'refused',
    fixedBy: 'reader',
    cause: 'The queue is encrypted with a KMS key that the sender may not use.',
    remedy:
      "The queue is encrypted with a KMS key: this role's IAM policy and the key's policy must allow kms:GenerateDataKey and kms:Decrypt.",
  },
  'table-key': {
    names: ['KMSAccessDenied'],
    ambiguous: {
      names: [...DENIED, 'Validation'],
      text: /ciphertext refers to|associated with this ciphertext|KMS key/,
    },
    services: ['dynamodb'],
    kind: 'refused',
    fixedBy: 'reader',
    cause: 'The table is encrypted with a KMS key that the caller may not use by way of DynamoDB.',
    remedy:
      "The table is encrypted with a KMS key: this role's IAM policy and the key's policy must allow kms:Decrypt, kms:GenerateDataKey, kms:DescribeKey and kms:CreateGrant.",
  },
  'resource-side': {
    names: [],
    ambiguous: {
      names: ALL_DENIED,
      text: /the resource does not exist in this Region, no resource-based polic/,
    },
    kind: 'denied',
    cause:
      "AWS does not say which of three it is: the key does not exist in the Region, its policy does not allow the action, or its policy has a Deny. The caller's own IAM policy is not what is missing.",
    remedy:
      "The key's owner must look at all three: `aws kms describe-key` shows whether the key exists and is enabled, and `policy diff` shows a missing statement and a Deny. `policy apply` adds the statement.",
  },
  'key-denied': {
    names: ['KMSAccessDenied'],
    ambiguous: { names: DENIED, text: /ciphertext refers to/ },
    kind: 'denied',
    cause: 'KMS says the same of a key that the caller may not use and of one that does not exist.',
    remedy:
      "Across accounts both sides must allow kms:Decrypt: the key's policy and the reader's IAM policy. `preflight` says which is missing, and `policy apply` adds the statement to the key's policy.",
  },
  denied: {
    names: DENIED,
    kind: 'denied',
    cause:
      '"no identity-based policy": the IAM policy of the caller lacks the action on this ARN. "no resource-based policy": the policy of the stream, consumer or key lacks it. Where AWS gives no reason, either of them may.',
    remedy:
      'Across accounts both sides must allow the action. `preflight` prints the missing statement of each side, and the command that adds it.',
  },
} as const satisfies Record<string, KnownError>;
