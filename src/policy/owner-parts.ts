import type { ConsumerArn, StreamArn } from '../aws/arn.js';
import type { KeyArn } from '../aws/key-arn.js';
import type { OwnerGrants } from './grants.js';
import type { ShareRequest } from './read-request.js';
import type { PolicyTarget } from './size.js';
import type { Statement } from './types.js';

/** A policy that a statement is added to, or taken out of, with the aws CLI and jq. */
export interface PolicyPlace {
  readonly target: PolicyTarget;
  /** Undefined for a key that the commands must find out. */
  readonly arn: string | undefined;
  readonly region: string;
  /** Of the files: letters, digits and `_.-` only. */
  readonly name: string;
}

export const placeOfStream = ({ arn, region, streamName }: StreamArn): PolicyPlace => ({
  target: 'stream',
  arn,
  region,
  name: `stream-${streamName}`,
});

export const placeOfConsumer = ({ arn, consumerName }: ConsumerArn, { region }: StreamArn): PolicyPlace => ({
  target: 'consumer',
  arn,
  region,
  name: `consumer-${consumerName}`,
});

/** @param key undefined for the one that the stream is encrypted with, which the commands find out */
export const placeOfKey = (key: KeyArn | undefined, { region, streamName }: StreamArn): PolicyPlace => ({
  target: 'key',
  arn: key?.arn,
  region: key?.region ?? region,
  name: key ? `key-${key.keyId}` : `key-of-stream-${streamName}`,
});

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
