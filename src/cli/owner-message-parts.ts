import type { KeyArn } from '../aws/key-arn.js';
import { grantByOwner } from '../policy/grants.js';
import { findKey, placeOfKey } from '../policy/merge-commands.js';
import { type OwnerPart, ownerParts } from '../policy/owner-parts.js';
import type { ShareRequest } from '../policy/read-request.js';

/** What the reader knows of the stream's encryption. */
export type KnownEncryption =
  | { readonly kind: 'none' }
  | { readonly kind: 'aws-managed'; readonly retentionHours: number }
  | { readonly kind: 'customer-managed'; readonly key: KeyArn }
  /** `why`: what is known, or why nothing is. */
  | { readonly kind: 'unknown'; readonly why: string };

/** One policy of the owner's to change, and how. */
export interface MessagePart extends OwnerPart {
  /** As in "On the stream arn:…". */
  readonly title: string;
  /** Commands that come before. */
  readonly before: readonly string[];
}

/** What the owner is to change: of the stream, of the consumer, and of the key unless the stream has none. */
export function messageParts(
  request: Omit<ShareRequest, 'key'>,
  encryption: KnownEncryption,
): readonly MessagePart[] {
  const { stream } = request;
  const known = encryption.kind === 'customer-managed' ? encryption.key : undefined;
  const { region, partition, account } = stream;
  // The statement for a key does not name it, so that it can be made for one that is unknown.
  const key = known ?? { arn: '', keyId: '', region, partition, account };
  const share = { ...request, key: encryption.kind === 'none' ? undefined : key };
  return ownerParts(share, grantByOwner(share)).map((part) =>
    part.place.target === 'key'
      ? {
          ...part,
          place: placeOfKey(known, stream),
          title: titleOfKey(encryption, account),
          before: known ? [] : [findKey(stream)],
        }
      : { ...part, title: `On the ${part.place.target} ${part.place.arn}`, before: [] },
  );
}

function titleOfKey(encryption: KnownEncryption, owner: string): string {
  switch (encryption.kind) {
    case 'customer-managed': {
      const { arn, account } = encryption.key;
      return `On the key ${arn}${account === owner ? '' : `, with credentials of account ${account}`}`;
    }
    case 'unknown':
      return 'If the stream is encrypted, on its key';
    default:
      return 'On the new key of the stream';
  }
}
