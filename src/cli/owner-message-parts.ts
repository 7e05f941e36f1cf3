import type { KeyArn } from '../aws/key-arn.js';
import { grantByOwner } from '../policy/grants.js';
import {
  findKey,
  type PolicyPlace,
  placeOfConsumer,
  placeOfKey,
  placeOfStream,
} from '../policy/merge-commands.js';
import type { ShareRequest } from '../policy/read-request.js';
import type { Statement } from '../policy/types.js';

/** What the reader knows of the stream's encryption. */
export type KnownEncryption =
  | { readonly kind: 'none' }
  | { readonly kind: 'aws-managed'; readonly retentionHours: number }
  | { readonly kind: 'customer-managed'; readonly key: KeyArn }
  /** `why`: what is known, or why nothing is. */
  | { readonly kind: 'unknown'; readonly why: string };

/** One policy of the owner's to change, and how. */
export interface OwnerPart {
  /** As in "On the stream arn:…". */
  readonly title: string;
  readonly place: PolicyPlace;
  readonly statement: Statement;
  /** Commands that come before. */
  readonly before: readonly string[];
}

/** What the owner is to change: of the stream, of the consumer, and of the key unless the stream has none. */
export function ownerParts(
  request: Omit<ShareRequest, 'key'>,
  encryption: KnownEncryption,
): readonly OwnerPart[] {
  const { stream, consumer } = request;
  const key = encryption.kind === 'customer-managed' ? encryption.key : undefined;
  const { region, partition, account } = stream;
  // The statement for a key does not name it, so that it can be made for one that is unknown.
  const grants = grantByOwner({ ...request, key: key ?? { arn: '', keyId: '', region, partition, account } });
  const ofStream = {
    title: `On the stream ${stream.arn}`,
    place: placeOfStream(stream),
    statement: grants.streamPolicy.Statement[0],
    before: [],
  };
  const ofConsumer = consumer &&
    grants.consumerPolicy && {
      title: `On the consumer ${consumer.arn}`,
      place: placeOfConsumer(consumer, stream),
      statement: grants.consumerPolicy.Statement[0],
      before: [],
    };
  const ofKey = encryption.kind !== 'none' &&
    grants.keyPolicyStatement && {
      title: titleOfKey(encryption, account),
      place: placeOfKey(key, stream),
      statement: grants.keyPolicyStatement,
      before: key ? [] : [findKey(stream)],
    };
  return [ofStream, ...(ofConsumer ? [ofConsumer] : []), ...(ofKey ? [ofKey] : [])];
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
