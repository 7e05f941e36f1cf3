import type { KnownError } from './known-error.js';

/** What the text is about, which it names first: what follows may be a name, as in `Stream consumer-events … not found`. */
const firstOf = (word: string) => new RegExp(`^(?:(?!stream|consumer|shard|subscription).)*${word}`, 'i');

/** Errors about what is not there, or in a state in which it can't be used. */
export const RESOURCE_ERRORS = {
  'consumer-missing': {
    names: [],
    ambiguous: { names: ['ResourceNotFound'], text: firstOf('consumer') },
    services: ['kinesis'],
    kind: 'missing',
    cause:
      'The consumer was deregistered. One that is registered again has another ARN: its last part is the time of the registration.',
    remedy:
      "Ask the stream's owner for the ARN that `aws kinesis list-stream-consumers --stream-arn …` shows.",
  },
  'shard-missing': {
    names: [],
    ambiguous: { names: ['ResourceNotFound'], text: firstOf('shard') },
    services: ['kinesis'],
    kind: 'missing',
    cause:
      'The shard was split or merged longer ago than the stream retains records, or the stream was deleted and created again.',
    remedy: 'Compare the shards of the stream with the leases: `cross-account-kcl status`.',
  },
  'stream-missing': {
    names: ['ResourceNotFound'],
    services: ['kinesis'],
    kind: 'missing',
    cause:
      'No stream of this ARN exists: it was deleted, or its account, region or name is mistyped. A reader that passes the name only asks its own account.',
    remedy: "Check the ARN with the stream's owner, and that the reader passes the ARN.",
  },
  'table-missing': {
    names: ['ResourceNotFound', 'TableNotFound'],
    services: ['dynamodb'],
    kind: 'missing',
    fixedBy: 'reader',
    cause: 'No table of this name exists in the account and region of the caller.',
    remedy:
      'Check applicationName (the name of the lease table), leaseTableRegion, and whose credentials these are.',
  },
  'queue-missing': {
    names: ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'],
    kind: 'missing',
    fixedBy: 'reader',
    cause: 'No such queue exists, or it is of another account and its policy does not let the caller see it.',
    remedy: 'Check failureQueueUrl, its region and account included, or create the queue.',
  },
  'role-missing': {
    names: ['NoSuchEntity'],
    services: ['iam'],
    kind: 'missing',
    fixedBy: 'reader',
    cause: 'No role or user of this name exists in the account of the caller.',
    remedy: 'Check the name. IAM takes it without its path, and policies take the ARN with its path.',
  },
  'key-in-another-region': {
    names: [],
    ambiguous: { names: ['NotFound', 'InvalidArn'], text: /Invalid arn/i },
    services: ['kms'],
    kind: 'refused',
    cause: 'The ARN is not that of a key of the region that was asked.',
    remedy: "Use a key in the stream's region: Kinesis takes no other.",
  },
  'key-missing': {
    names: ['NotFound'],
    services: ['kms'],
    kind: 'missing',
    cause: 'No such key or alias exists in the region, or it was deleted.',
    remedy: "Check the key's ARN with its owner. Records under a deleted key are lost.",
  },
  'key-gone': {
    names: ['KMSNotFound'],
    kind: 'refused',
    fixedBy: 'stream owner',
    cause: 'The key that the stream, table or queue is encrypted with was deleted.',
    remedy: 'Records that were put under it are lost; its owner must move the stream to another key.',
  },
  'key-disabled': {
    names: ['KMSDisabled', 'Disabled'],
    kind: 'refused',
    fixedBy: 'stream owner',
    cause: 'The key is disabled: nobody can read what is encrypted with it.',
    remedy: "The key's owner must enable it: aws kms enable-key --key-id …",
  },
  'key-pending-import': {
    names: [],
    ambiguous: { names: ['KMSInvalidState'], text: /pending import/i },
    kind: 'refused',
    fixedBy: 'stream owner',
    cause: 'The key has no key material: it was never imported, has expired or was deleted.',
    remedy:
      "The key's owner must import the same key material again: aws kms get-parameters-for-import and aws kms import-key-material.",
  },
  'key-state': {
    names: ['KMSInvalidState', 'KMSInvalidKeyUsage', 'InvalidKeyUsage'],
    kind: 'refused',
    fixedBy: 'stream owner',
    cause:
      "The key's state or type does not let it be used: pending deletion, unavailable, or no symmetric key for encryption.",
    remedy:
      "`aws kms describe-key` shows which. If it is pending deletion, the key's owner must stop that, and enable it: aws kms cancel-key-deletion --key-id … and aws kms enable-key --key-id …",
  },
  'key-not-signed-up': {
    names: ['KMSOptInRequired'],
    kind: 'refused',
    fixedBy: 'stream owner',
    cause: "The account of the key's owner is not signed up for KMS, or is suspended.",
    remedy: "The key's owner must sign up for KMS.",
  },
  subscribed: {
    names: [],
    ambiguous: { names: ['ResourceInUse'], text: firstOf('subscription') },
    services: ['kinesis'],
    kind: 'unclear',
    cause:
      'The consumer has a subscription to this shard already: of another worker, or one that was opened within the last 5 seconds.',
    remedy: 'Register a consumer for each application; a consumer has one subscription to a shard at a time.',
  },
  'in-use': {
    names: ['ResourceInUse'],
    services: ['kinesis'],
    kind: 'unclear',
    cause: 'The stream or consumer is being created, changed or deleted.',
    remedy:
      'Try again in a minute, once `aws kinesis describe-stream-summary` or `describe-stream-consumer` shows ACTIVE. If it is DELETING, it does not come back.',
  },
  'table-in-use': {
    names: ['ResourceInUse', 'TableInUse', 'TableAlreadyExists'],
    services: ['dynamodb'],
    kind: 'unclear',
    cause: 'The table, or an index of it, is being created, changed or deleted.',
    remedy: 'Try again once `aws dynamodb describe-table` shows ACTIVE.',
  },
} as const satisfies Record<string, KnownError>;
