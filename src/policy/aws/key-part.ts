import { type KeyArn, type NamedKey, namedKey } from '../../aws/key-arn.js';
import { isDenied, isNamed } from '../../aws/known-errors/known-errors.js';
import { PolicyError } from '../../errors/errors.js';
import { policyCommand } from '../commands.js';
import { grantByOwner } from '../grants.js';
import { awsCommands, mergeProgram, removeCommands } from '../merge-commands.js';
import { placeOfKey } from '../owner-parts.js';
import type { ShareRequest } from '../read-request.js';
import type { PolicyTarget } from '../size.js';
import type { Statement } from '../types.js';
import type { Intent } from './policy-change.js';
import type { StreamEncryption } from './stream-encryption.js';

/** What is to be done about the stream's key. */
export type KeyPart =
  | { readonly kind: 'none' }
  | { readonly kind: 'own'; readonly key: KeyArn }
  /** It belongs to another account than the stream, and GetKeyPolicy and PutKeyPolicy don't work across accounts. */
  | { readonly kind: 'elsewhere'; readonly key: NamedKey }
  /** KMS knows no such key, or did not report which one it is. */
  | { readonly kind: 'deleted' | 'failed'; readonly keyId: string; readonly failure: Error };

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
    return { kind: 'elsewhere', key: namedKey(key.arn) };
  }
  if (encryption.kind === 'unknown' && encryption.failure) {
    const { keyId = '', failure } = encryption;
    // Kinesis names a key of another account by an ARN.
    const named = keyId.startsWith('arn:') ? namedKey(keyId) : undefined;
    if (only !== 'key' && named && named.account !== stream.account) return { kind: 'elsewhere', key: named };
    return { kind: isNamed(failure.cause, 'key-missing') ? 'deleted' : 'failed', keyId, failure };
  }
  if (only === 'key' && encryption.kind === 'none') {
    throw new PolicyError(`the stream ${stream.arn} is not encrypted: it has no key`, {
      remedy: 'For a key that the stream is to move to, give --key-arn.',
    });
  }
  return { kind: 'none' };
}

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
  const shared = `${key.arn}, which this shares anyway`;
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

/** The part of a change that the owner of the stream can't make: the key belongs to another account. */
export interface ElsewhereChange {
  readonly target: 'key';
  /** The key's, or that of its alias where KMS did not report the key. */
  readonly arn: string;
  /** The account that owns the key: its credentials are needed to read and to change the key's policy. */
  readonly account: string;
  /** What `apply` adds and `remove` removes. */
  readonly statement: Statement;
  /** The command of this tool for the key's owner. It does not call Kinesis. */
  readonly command: string;
  /** The same with the aws CLI and jq. */
  readonly awsCommands: string;
}

export function elsewhereChange(
  request: ShareRequest,
  intent: Intent,
  { arn, account, key }: NamedKey,
): ElsewhereChange {
  const { partition, region } = request.stream;
  const known = key ?? { arn: `<ARN of the key of ${arn}>`, partition, region, account, keyId: 'of-alias' };
  const asked: ShareRequest = { ...request, key: known };
  const { keyPolicyStatement: statement } = grantByOwner(asked);
  if (!statement) throw new Error('a request with a key has a statement for it');
  return {
    target: 'key',
    arn,
    account,
    statement,
    command: policyCommand(intent, asked, 'key'),
    awsCommands:
      intent === 'apply'
        ? // The key's statement is the same for KCL and Lambda.
          awsCommands({ ...asked, for: 'lambda' }, { keyPolicyStatement: statement })
        : [...mergeProgram(), ...removeCommands(placeOfKey(known, request.stream), statement)].join('\n'),
  };
}
