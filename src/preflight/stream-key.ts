import type { StreamArn } from '../aws/arn.js';
import { type KeyArn, parseKeyArn } from '../aws/key-arn.js';
import type { ReadRequest } from '../policy/read-request.js';

/** The key of an encrypted stream, as Kinesis names it. */
export interface NamedKey {
  /** Of the key, or of an alias of it. */
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  /** Undefined where only the alias is known. */
  readonly key: KeyArn | undefined;
}

/** Undefined for a stream that is not encrypted. */
export type StreamKey = NamedKey | undefined;

/**
 * What Kinesis calls the key of a stream: its ARN, or an id or an alias, which is one of the owner's.
 *
 * @throws ArnError
 */
export function keyOfStream(keyId: string, { partition, region, account }: StreamArn): NamedKey {
  const resource = keyId.startsWith('alias/') ? keyId : `key/${keyId}`;
  return namedKey(keyId.startsWith('arn:') ? keyId : `arn:${partition}:kms:${region}:${account}:${resource}`);
}

/** @throws ArnError */
export function namedKey(arn: string): NamedKey {
  if (!isAlias(arn)) {
    const key = parseKeyArn(arn);
    return { arn, region: key.region, account: key.account, key };
  }
  const [, , , region = '', account = ''] = arn.split(':');
  return { arn, region, account, key: undefined };
}

export function isAlias(arn: string): boolean {
  return /^arn:[^:]+:kms:[^:]+:\d{12}:alias\//.test(arn);
}

/**
 * The request with the key whose use was denied. Where only its alias is known that is any key of the alias's account: a
 * policy of IAM knows no aliases, and the conditions narrow the statement to this stream.
 *
 * @param arn of the key or of its alias; `*` if neither is known
 */
export function withKey<Request extends ReadRequest>(request: Request, arn: string): Request {
  if (arn === '*') return request;
  if (!isAlias(arn)) return { ...request, key: parseKeyArn(arn) };
  const [, partition = '', , region = '', account = ''] = arn.split(':');
  const any = `arn:${partition}:kms:${region}:${account}:key/*`;
  return { ...request, key: { arn: any, partition, region, account, keyId: '*' } };
}
