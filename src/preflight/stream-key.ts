import { isAlias, type NamedKey, parseKeyArn } from '../aws/key-arn.js';
import type { ReadRequest } from '../policy/read-request.js';

/** Undefined for a stream that is not encrypted. */
export type StreamKey = NamedKey | undefined;

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
