import type { OwnerGrants } from './grants.js';
import { type PolicyPlace, placeOfConsumer, placeOfKey, placeOfStream } from './merge-commands.js';
import type { ShareRequest } from './read-request.js';
import type { Statement } from './types.js';

/** One policy of the owner's side, and the reader's statement for it. */
export interface OwnerPart {
  readonly place: PolicyPlace;
  /** Whose credentials change it. */
  readonly account: string;
  readonly statement: Statement;
}

/** The stream's, and the consumer's and the key's where there are such. */
export function ownerParts(request: ShareRequest, grants: Partial<OwnerGrants>): OwnerPart[] {
  const { stream, consumer, key } = request;
  const { streamPolicy, consumerPolicy, keyPolicyStatement } = grants;
  const part = (place: PolicyPlace, account: string, statement: Statement | undefined) =>
    statement ? [{ place, account, statement }] : [];
  return [
    ...part(placeOfStream(stream), stream.account, streamPolicy?.Statement[0]),
    ...(consumer
      ? part(placeOfConsumer(consumer, stream), stream.account, consumerPolicy?.Statement[0])
      : []),
    ...(key ? part(placeOfKey(key, stream), key.account, keyPolicyStatement) : []),
  ];
}
