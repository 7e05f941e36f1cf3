import { ArnError } from './arn.js';

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
  const [prefix, partition = '', service, region = '', account = '', ...rest] = text.split(':');
  const [kind, keyId = '', ...more] = rest.join(':').split('/');
  if (prefix !== 'arn' || rest.length === 0) throw fail(text, "it does not have an ARN's six parts");
  if (!/^aws(-[a-z]+)*$/.test(partition)) throw fail(text, `the partition is '${partition}'`);
  if (service !== 'kms') throw fail(text, `the service is '${service}', not 'kms'`);
  if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) throw fail(text, `the region is '${region}'`);
  if (!/^\d{12}$/.test(account)) throw fail(text, `the account is '${account}', not 12 digits`);
  if (kind === 'alias') throw fail(text, 'it is an alias, and policies know keys by their ARNs alone');
  if (kind !== 'key' || more.length > 0) throw fail(text, `the resource is '${rest.join(':')}'`);
  if (!KEY_ID.test(keyId)) throw fail(text, `the key id is '${keyId}'`);
  return { arn: text, partition, region, account, keyId };
}

function fail(text: string, reason: string): ArnError {
  return new ArnError(`'${text}' can't be used: ${reason}; expected ${FORM}`);
}
