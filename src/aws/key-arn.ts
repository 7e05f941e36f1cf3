import { arnError, type StreamArn, splitArn } from './arn.js';

/** The ARN of a KMS key. */
export interface KeyArn {
  readonly arn: string;
  readonly partition: string;
  readonly region: string;
  /** The 12 digits of the account that owns the key. */
  readonly account: string;
  readonly keyId: string;
}

const FORM = 'arn:aws:kms:<region>:<12-digit account>:key/<key id>';
/** A UUID, or with `mrk-` a key of several regions (KMS Developer Guide, key identifiers). */
const KEY_ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;

/** @throws ArnError */
export function parseKeyArn(text: string): KeyArn {
  const { partition, region, account, resource } = splitArn(text, 'kms', FORM);
  const [kind, keyId = '', ...more] = resource.split('/');
  if (kind === 'alias')
    throw arnError(text, 'it is an alias, and policies know keys by their ARNs alone', FORM);
  if (kind !== 'key' || more.length > 0) throw arnError(text, `the resource is '${resource}'`, FORM);
  if (!KEY_ID.test(keyId)) throw arnError(text, `the key id is '${keyId}'`, FORM);
  return { arn: text, partition, region, account, keyId };
}

/** Whether what Kinesis calls a stream's key is the alias of the AWS managed key, whose policy can't be changed. */
export function isAwsManagedAlias(keyId: string): boolean {
  return /(^|:)alias\/aws\/kinesis$/.test(keyId);
}

/** The key of an encrypted stream, as Kinesis names it. */
export interface NamedKey {
  /** Of the key, or of an alias of it. */
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  /** Undefined where only the alias is known. */
  readonly key: KeyArn | undefined;
}

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
