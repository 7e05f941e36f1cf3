import { type ArnError, arnError } from './arn.js';

/** The ARN of the IAM role or user that reads a shared stream. */
export interface ReaderArn {
  readonly arn: string;
  readonly partition: string;
  /** The 12 digits of the account that the reader belongs to. */
  readonly account: string;
  readonly kind: 'role' | 'user';
  /** `/` unless the role or user has a path, which then begins and ends with a slash. */
  readonly path: string;
  readonly name: string;
}

const FORM = 'arn:aws:iam::<12-digit account>:role/<name> or …:user/<name>, with its path if it has one';
/** Path and name as IAM allows them (IAM API reference, CreateRole), but no wildcard: it would name many. */
const RESOURCE = /^(role|user)(\/(?:[!-)+->@-~]+\/)?)([\w+=,.@-]{1,64})$/;

/** @throws ArnError */
export function parseReaderArn(text: string): ReaderArn {
  const [prefix, partition = '', service, region, account = '', ...rest] = text.split(':');
  const resource = rest.join(':');
  if (/^\d{12}$/.test(text) || resource === 'root') {
    throw fail(text, 'it is a whole account, and a role or user is needed here');
  }
  if (prefix !== 'arn' || rest.length === 0) throw fail(text, "it does not have an ARN's six parts");
  if (service === 'sts') {
    throw fail(text, 'it is a session, which ends, and its role is needed here (its path included)');
  }
  if (!/^aws(-[a-z]+)*$/.test(partition)) throw fail(text, `the partition is '${partition}'`);
  if (service !== 'iam') throw fail(text, `the service is '${service}', not 'iam'`);
  if (region !== '') throw fail(text, `it has a region, '${region}'`);
  if (!/^\d{12}$/.test(account)) throw fail(text, `the account is '${account}', not 12 digits`);
  const [, kind, path = '/', name = ''] = RESOURCE.exec(resource) ?? [];
  if (kind !== 'role' && kind !== 'user') throw fail(text, `the resource is '${resource}'`);
  return { arn: text, partition, account, kind, path, name };
}

function fail(text: string, reason: string): ArnError {
  return arnError(text, reason, FORM);
}
