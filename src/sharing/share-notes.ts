import { isDenied } from '../aws/known-errors/known-errors.js';
import type { ShareRequest } from '../policy/read-request.js';
import type { KeyPart } from './key-part.js';
import type { Intent } from './policy-change.js';
import type { StreamEncryption } from './stream-encryption.js';

/** What is to be known of the stream's key besides its policy. */
export function notesOn(
  request: ShareRequest,
  intent: Intent,
  encryption: StreamEncryption,
  keyPart: KeyPart,
): string[] {
  if (intent === 'apply') return [...ofState(encryption), ...ofMove(request, encryption)];
  if (keyPart.kind !== 'deleted') return [];
  return [`the stream's key ${keyPart.keyId} does not exist any more, nor does its policy`];
}

/** Whether nobody can read with the stream's key, whatever its policy allows. */
export function isUnusable(encryption: StreamEncryption): boolean {
  return encryption.kind === 'customer-managed' && !['UNKNOWN', 'Enabled'].includes(encryption.state);
}

function ofState(encryption: StreamEncryption): string[] {
  if (encryption.kind !== 'customer-managed') return [];
  const { key, state, failure } = encryption;
  if (isUnusable(encryption)) {
    return [`the key ${key.arn} is ${state}: nobody can read the stream with it`];
  }
  // To be denied is what AWS does by default across accounts, and says nothing of the key.
  return failure && !isDenied(failure.cause) ? [failure.message] : [];
}

function ofMove({ stream, key }: ShareRequest, encryption: StreamEncryption): string[] {
  if (!key) return [];
  const shared = `${key.arn}, which is shared here all the same`;
  switch (encryption.kind) {
    case 'none':
      return [`the stream ${stream.arn} is encrypted with no key, not with ${shared}`];
    case 'aws-managed':
      return [`the stream ${stream.arn} is encrypted with the AWS managed key, not with ${shared}`];
    case 'customer-managed':
      if (encryption.key.arn === key.arn) return [];
      return [`the stream ${stream.arn} is encrypted with ${encryption.key.arn}, not with ${shared}`];
    case 'unknown':
      if (!encryption.failure || encryption.keyId === key.arn) return [];
      return [
        `whether the stream ${stream.arn} is encrypted with ${key.arn} is unknown: ${encryption.failure.message}`,
      ];
  }
}
