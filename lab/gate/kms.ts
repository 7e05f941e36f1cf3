import type { Fields } from '../iam/api-call.js';
import type { Policy } from '../iam/types.js';
import { AwsError } from './aws-error.js';
import type { EncryptionContext, Keys, LabKey } from './keys.js';
import { checkKeyPolicy } from './put-policy.js';
import type { StoredPolicies } from './stored-policies.js';
import type { UniqueIds } from './unique-ids.js';

/** "The only valid name" of a key policy (GetKeyPolicy and PutKeyPolicy, KMS API reference). */
const DEFAULT = 'default';

export interface KmsParts {
  readonly keys: Keys;
  readonly stored: StoredPolicies;
  readonly ids: UniqueIds;
  /** Whether this policy would let the caller put the next one. */
  mayPutAgain(policy: Policy): boolean;
}

/**
 * What KMS answers to a call that is allowed, for the calls of this project. The resource is the key's ARN.
 *
 * @throws AwsError
 */
export function answerKms(operation: string, fields: Fields, keyArn: string, parts: KmsParts): object {
  const { keys, stored } = parts;
  const key = keys.find(keyArn);
  if (key === undefined) {
    throw new AwsError('NotFoundException', `Key '${keyArn}' does not exist`);
  }
  const { PolicyName: name = DEFAULT } = fields;
  if (name !== DEFAULT) throw new AwsError('NotFoundException', 'No such policy exists');
  switch (operation) {
    case 'DescribeKey':
      return { KeyMetadata: metadataOf(key) };
    case 'GetKeyPolicy':
      return { Policy: stored.shown(key.arn, key.policy), PolicyName: DEFAULT };
    case 'PutKeyPolicy':
      return putPolicy(key, fields, parts);
    default:
      return decrypt(key, fields, keys);
  }
}

/** @throws AwsError for an alias that does not exist */
export function keyOfAlias(keys: Keys, aliasArn: string): string {
  const arn = keys.alias(aliasArn);
  if (arn === undefined) throw new AwsError('NotFoundException', `Alias ${aliasArn} is not found.`);
  return arn;
}

/** @throws AwsError for what KMS never encrypted */
export function keyOfCiphertext(keys: Keys, ciphertext: string): string {
  const arn = keys.keyOf(Buffer.from(ciphertext, 'base64'));
  if (arn === undefined) throw new AwsError('InvalidCiphertextException', 'the ciphertext names no key');
  return arn;
}

function metadataOf({ arn, account, manager, state, created }: LabKey) {
  return {
    AWSAccountId: account,
    KeyId: arn.slice(arn.lastIndexOf('/') + 1),
    Arn: arn,
    CreationDate: created.getTime() / 1000,
    Enabled: state === 'Enabled' || state === 'Throttled',
    KeyState: state === 'Throttled' ? 'Enabled' : state,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    Origin: 'AWS_KMS',
    KeyManager: manager,
    MultiRegion: false,
  };
}

function putPolicy(
  key: LabKey,
  { Policy: policy, BypassPolicyLockoutSafetyCheck: bypass }: Fields,
  { ids, mayPutAgain }: KmsParts,
): object {
  const text = String(policy ?? '');
  checkKeyPolicy(text, ids);
  if (bypass !== true && !mayPutAgain(JSON.parse(text) as Policy)) {
    throw new AwsError(
      'MalformedPolicyDocumentException',
      'The new key policy will not allow you to update the key policy in the future.',
    );
  }
  key.policy = text;
  return {};
}

/** "DryRun" (KMS Developer Guide, testing your permissions): what is allowed is answered with an error too. */
function decrypt(key: LabKey, fields: Fields, keys: Keys): object {
  assertUsable(key, '');
  const ignored =
    Array.isArray(fields.DryRunModifiers) && fields.DryRunModifiers.includes('IGNORE_CIPHERTEXT');
  const plaintext = fields.DryRun === true && ignored ? undefined : plaintextOf(key, fields, keys);
  if (fields.DryRun === true || plaintext === undefined) {
    throw new AwsError(
      'DryRunOperationException',
      'The request would have succeeded, but the DryRun option is set.',
      412,
    );
  }
  return {
    KeyId: key.arn,
    Plaintext: plaintext.toString('base64'),
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  };
}

function plaintextOf(key: LabKey, fields: Fields, keys: Keys): Buffer {
  const ciphertext = Buffer.from(String(fields.CiphertextBlob ?? ''), 'base64');
  const keyOfCiphertext = keys.keyOf(ciphertext);
  if (keyOfCiphertext !== undefined && keyOfCiphertext !== key.arn) {
    throw new AwsError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    );
  }
  try {
    return keys.decrypt(ciphertext, (fields.EncryptionContext ?? {}) as EncryptionContext);
  } catch {
    throw new AwsError(
      'InvalidCiphertextException',
      'the ciphertext is not one of this key and this context',
    );
  }
}

/**
 * Its errors are KMS's own without a prefix, and those that Kinesis passes on with `KMS`.
 *
 * @throws AwsError unless the key can be used
 */
export function assertUsable(key: LabKey | undefined, prefix: '' | 'KMS', arn = ''): asserts key is LabKey {
  if (key === undefined) throw new AwsError(`${prefix}NotFoundException`, `Key '${arn}' does not exist`);
  switch (key.state) {
    case 'Disabled':
      throw new AwsError(`${prefix}DisabledException`, `${key.arn} is disabled.`);
    case 'PendingDeletion':
      throw new AwsError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
    case 'Throttled':
      throw new AwsError(
        prefix === 'KMS' ? 'KMSThrottlingException' : 'ThrottlingException',
        'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
      );
  }
}
