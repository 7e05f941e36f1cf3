import { DecryptCommand, DescribeKeyCommand, DryRunModifierType } from '@aws-sdk/client-kms';
import { type NamedKey, namedKey } from '../aws/key-arn.js';
import { type DenialReason, readDenial } from '../aws/known-errors/denial-text.js';
import { isDenied } from '../aws/known-errors/known-errors.js';
import { deadlineSignal } from '../errors/time-limit.js';
import { denialOfKey } from './failure.js';
import type { StreamTarget } from './target.js';

/** Kinesis asks KMS, and not the reader: where there is no way to it, the checks must not be late for that. */
export const KMS_LIMIT_MS = 4_000;

/**
 * Asks KMS for a dry run of Decrypt, called by the reader itself. It is refused where the policies allow Decrypt by way of
 * Kinesis only, as those of the policy tool do.
 *
 * @returns what KMS answered: an error always, and DryRunOperationException if Decrypt is allowed
 */
export async function decryptDryRun(
  { kms, stream }: Pick<StreamTarget, 'kms' | 'stream'>,
  { arn }: Pick<NamedKey, 'arn'>,
  signal: AbortSignal,
): Promise<Error> {
  try {
    const command = new DecryptCommand({
      KeyId: arn,
      EncryptionContext: { 'aws:kinesis:arn': stream.arn },
      DryRun: true,
      DryRunModifiers: [DryRunModifierType.IGNORE_CIPHERTEXT],
    });
    await kms.send(command, { abortSignal: deadlineSignal(KMS_LIMIT_MS, signal) });
    return Object.assign(new Error('KMS decrypted in a dry run'), { name: NOT_DRY });
  } catch (error) {
    return error as Error;
  }
}

/** An answer that no KMS gives. */
export const NOT_DRY = 'NotDryRun';

export const isAllowed = ({ name }: Error) => name === 'DryRunOperationException';

/** Where Decrypt is allowed by way of Kinesis only, it is one of these that does not allow this call. */
const ALLOW_KINESIS = ['identity-based policy', 'resource-based policy'];
/** Kinesis calls KMS by no endpoint of the reader's. */
const OF_NETWORK = 'VPC endpoint policy';

/** What the answer to the dry run says of a Decrypt by way of Kinesis; undefined if nothing. */
export function evidenceOf(
  answer: Error,
  key: NamedKey,
  { stream }: Pick<StreamTarget, 'stream'>,
): DenialReason | 'allowed' | undefined {
  if (isAllowed(answer)) return 'allowed';
  if (!isDenied(answer)) return undefined;
  const denial = denialOfKey(readDenial(answer.message), key, stream);
  const { policy, explicit } = denial;
  if (policy === OF_NETWORK) return undefined;
  if (explicit) return denial;
  return policy === undefined || ALLOW_KINESIS.includes(policy) ? undefined : denial;
}

/** The key with its ARN, where Kinesis names it by an alias and the reader may describe it. */
export async function withArn(
  { kms }: Pick<StreamTarget, 'kms'>,
  named: NamedKey,
  signal: AbortSignal,
): Promise<NamedKey> {
  if (named.key !== undefined) return named;
  try {
    const command = new DescribeKeyCommand({ KeyId: named.arn });
    const { KeyMetadata } = await kms.send(command, { abortSignal: deadlineSignal(KMS_LIMIT_MS, signal) });
    return namedKey(KeyMetadata?.Arn ?? '');
  } catch {
    // Reading does not need DescribeKey, and the statements can do without the ARN.
    return named;
  }
}
