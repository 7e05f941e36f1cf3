import type { KeyArn } from '../aws/key-arn.js';
import { isNamed } from '../aws/known-errors/known-errors.js';
import { type AccessError, PolicyError } from '../errors/errors.js';
import type { ShareRequest } from '../policy/read-request.js';
import type { PolicyTarget } from '../policy/size.js';
import type { StreamEncryption } from './stream-encryption.js';

/** What is to be done about the stream's key. */
export type KeyPart =
  | { readonly kind: 'none' }
  | { readonly kind: 'own'; readonly key: KeyArn }
  /** It belongs to another account than the stream, and GetKeyPolicy and PutKeyPolicy don't work across accounts. */
  | {
      readonly kind: 'elsewhere';
      readonly arn: string;
      readonly account: string;
      readonly key: KeyArn | undefined;
    }
  /** KMS knows no such key, or did not report which one it is. */
  | { readonly kind: 'deleted' | 'failed'; readonly keyId: string; readonly failure: AccessError };

/**
 * Whose the key is, and what is known of it.
 *
 * @param only with `key` the credentials are taken for those of the key's owner
 * @throws PolicyError with `only` of `key` where there is none
 */
export function keyPartOf(
  { stream, key: given }: ShareRequest,
  encryption: StreamEncryption,
  only: PolicyTarget | undefined,
): KeyPart {
  if (only !== undefined && only !== 'key') return { kind: 'none' };
  const key = given ?? (encryption.kind === 'customer-managed' ? encryption.key : undefined);
  if (key) {
    if (only === 'key' || key.account === stream.account) return { kind: 'own', key };
    return { kind: 'elsewhere', arn: key.arn, account: key.account, key };
  }
  if (encryption.kind === 'unknown' && encryption.failure) {
    const { keyId = '', account = stream.account, failure } = encryption;
    if (only !== 'key' && account !== stream.account) {
      return { kind: 'elsewhere', arn: keyId, account, key: undefined };
    }
    return { kind: isNamed(failure.cause, 'key-missing') ? 'deleted' : 'failed', keyId, failure };
  }
  if (only === 'key' && encryption.kind === 'none') {
    throw new PolicyError(`the stream ${stream.arn} is not encrypted: it has no key`, {
      hint: 'For a key that the stream is to move to, give --key-arn.',
    });
  }
  return { kind: 'none' };
}
