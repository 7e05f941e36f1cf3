import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from './aws-error.js';

/** What a signature names ("Signature Version 4", IAM User Guide). */
export interface Authorization {
  readonly accessKeyId: string;
  readonly region: string;
  /** The signing name: kinesis, dynamodb, kms, sts, monitoring. */
  readonly service: string;
  readonly sessionToken: string | undefined;
}

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/;

/**
 * The signature itself is not checked: the lab tells who calls by the access key alone.
 *
 * @throws AwsError for a request that is not signed
 */
export function authorizationOf(headers: IncomingHttpHeaders): Authorization {
  const { authorization } = headers;
  if (authorization === undefined) {
    throw new AwsError('MissingAuthenticationTokenException', 'Request is missing Authentication Token', 403);
  }
  const [, accessKeyId, region, service] = CREDENTIAL.exec(authorization) ?? [];
  if (accessKeyId === undefined || region === undefined || service === undefined) {
    throw new AwsError('IncompleteSignatureException', `no credential scope in '${authorization}'`, 403);
  }
  const token = headers['x-amz-security-token'];
  return { accessKeyId, region, service, sessionToken: Array.isArray(token) ? token[0] : token };
}

/** The emulators take a 12-digit access key id for the caller's account, and know no sessions. */
export function asAccount(headers: IncomingHttpHeaders, account: string): IncomingHttpHeaders {
  const { 'x-amz-security-token': _, authorization = '', ...others } = headers;
  return { ...others, authorization: authorization.replace(/Credential=[^/]+/, `Credential=${account}`) };
}
