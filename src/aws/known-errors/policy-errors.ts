import type { KnownError } from './known-error.js';

/** What Kinesis, KMS and IAM name a policy that they do not take. */
const INVALID = [
  'MalformedPolicyDocument',
  'MalformedPolicy',
  'InvalidPolicy',
  'InvalidArgument',
  'InvalidParameterValue',
  'Validation',
  'ValidationError',
];
const PUT = /^(kinesis:PutResourcePolicy|kms:(PutKeyPolicy|CreateKey))/;
const PUT_OF_KINESIS = /^kinesis:PutResourcePolicy/;
const PUT_KEY = /^kms:(PutKeyPolicy|CreateKey)/;
const SMALLER =
  'Take out statements that nobody needs, or name several principals in one statement. `policy diff` shows those of roles that were deleted.';

const VALIDATE =
  'Check it with aws accessanalyzer validate-policy --policy-type RESOURCE_POLICY --policy-document file://…';

/** Errors about a policy that is put. AWS refuses it as a whole: the old one stays in force. */
export const POLICY_ERRORS = {
  'policy-lockout': {
    names: [],
    ambiguous: { names: INVALID, text: /will not allow you to update the key policy/ },
    action: PUT,
    kind: 'refused',
    cause:
      'With the new key policy the caller could not change it again: no statement allows the caller kms:PutKeyPolicy.',
    remedy:
      "Keep a statement that allows kms:* to the root of the key's account (arn:aws:iam::<account>:root) or kms:PutKeyPolicy to this caller, without a condition and without a Deny over it. Don't bypass the check (BypassPolicyLockoutSafetyCheck): only AWS Support can open such a key again.",
  },
  'policy-wildcard': {
    names: [],
    ambiguous: { names: INVALID, text: /cannot contain \S+ principals/ },
    action: PUT_OF_KINESIS,
    kind: 'refused',
    cause: 'Kinesis takes accounts, roles and users as principals, and neither services nor *.',
    remedy: "Name the reader's role, user or account. Of a function that is the role that it runs with.",
  },
  'policy-principal': {
    names: [],
    ambiguous: {
      names: INVALID,
      text: /\bprincipals?\b.*\b(invalid|not valid|not exist|not found)|\b(invalid|unknown) (aws )?principal/i,
    },
    action: PUT,
    kind: 'refused',
    cause:
      'A principal in the policy does not exist: it was deleted, is not created yet, is mistyped, or its path is missing.',
    remedy:
      'Every principal in it must exist, those of others too; an id (AROA…, AIDA…) is what is left of one that was deleted. A role with a path must be named with it, and a role that was just created may take some seconds to be known.',
  },
  'policy-form': {
    names: [],
    ambiguous: {
      names: INVALID,
      text: /(missing|prohibited)\b.* field|\bjson\b|\bsyntax\b|\bparsing\b|no (principal|statement)|must contain (actions|resources|principals)/i,
    },
    action: PUT,
    kind: 'refused',
    cause:
      'The policy breaks the grammar of IAM policies: its JSON, or an element that is missing or unknown. In Kinesis each statement needs Principal, Action and Resource, and NotPrincipal, NotAction and NotResource are not taken.',
    remedy: VALIDATE,
  },
  'policy-size': {
    names: [],
    ambiguous: {
      names: INVALID,
      text: /\b(size|length|too (large|long|big)|bytes|characters)\b/i,
    },
    action: PUT,
    kind: 'refused',
    cause: 'The policy is too large: Kinesis takes 20 KiB, KMS 32 KiB.',
    remedy: SMALLER,
  },
  'key-policy-size': {
    names: ['LimitExceeded'],
    action: PUT_KEY,
    kind: 'refused',
    cause: 'The key policy is larger than 32 KiB, or another quota of KMS is used up.',
    remedy: SMALLER,
  },
  'policy-action': {
    names: [],
    ambiguous: { names: INVALID, text: /\bactions?\b/i },
    action: PUT_OF_KINESIS,
    kind: 'refused',
    cause:
      'An action in the policy can not be shared. Of a stream these can: DescribeStream, DescribeStreamSummary, ListShards, GetRecords, GetShardIterator, PutRecord, PutRecords; of a consumer DescribeStreamConsumer, SubscribeToShard.',
    remedy:
      'Take out the others, such as kinesis:ListStreams, and wildcards. `policy print` prints what a reader needs.',
  },
  'policy-resource': {
    names: [],
    ambiguous: { names: INVALID, text: /\bresources?\b(?! policy)/i },
    action: PUT_OF_KINESIS,
    kind: 'refused',
    cause: 'The Resource of a statement is not what the policy is attached to.',
    remedy:
      "In a stream's policy each Resource must be the stream's ARN, in a consumer's policy the consumer's ARN, and in a key policy *.",
  },
  'policy-refused': {
    names: INVALID,
    action: PUT,
    kind: 'refused',
    cause: 'The policy is not one that the service takes; its text says why.',
    remedy: VALIDATE,
  },
  'key-policy-fixed': {
    names: ['UnsupportedOperation'],
    services: ['kms'],
    kind: 'refused',
    cause: 'The key does not support the call; the policy of an AWS managed key can not be changed.',
    remedy: 'Use a customer managed key: `policy apply` prints the steps that move a stream to one.',
  },
} as const satisfies Record<string, KnownError>;
