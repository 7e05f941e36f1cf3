import { AccessError } from '../errors/errors.js';
import { hideSecrets } from '../errors/secrets.js';
import { ConnectionError } from './connection-error.js';
import { credentialsFailure } from './credentials-failure.js';

interface NamedError extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

/** What a call was about, for the message of its failure. */
export interface CallSubject {
  /** As in "the stream arn:… can't be read". */
  failure: string;
  service: 'Kinesis' | 'DynamoDB' | 'KMS' | 'STS' | 'SQS';
  /** The action that must be allowed, such as kinesis:DescribeStreamSummary. */
  action: string;
  /** Who must allow it. */
  allowedBy: string;
  /** What to do where the thing itself is missing. */
  missing: { reason: string; hint: string };
  /** The setting that replaces the endpoint. */
  endpointKey: string;
}

/** The failure of an AWS call in words: what was refused, and what to do about it. */
export function explainCall(cause: unknown, subject: CallSubject): AccessError {
  const error = cause as NamedError;
  const refused = (reason: string, hint: string) =>
    new AccessError(hideSecrets(`${subject.failure}: ${reason}`), { hint, cause: error });
  if (error instanceof ConnectionError) return refused(error.message, error.hint);
  const credentials = credentialsFailure(error);
  if (credentials) return refused(credentials.reason, credentials.hint);
  switch (error.name) {
    case 'ResourceNotFoundException':
    case 'NotFoundException': // KMS
    case 'QueueDoesNotExist': // SQS
      return refused(subject.missing.reason, subject.missing.hint);
    case 'AccessDeniedException':
    case 'AccessDenied': // STS, of the role that is assumed for the stream
      return refused(
        error.message,
        error.message.includes('sts:AssumeRole')
          ? "The role's trust policy must allow this role to assume it, with the external id that is given, and this role's IAM policy must allow sts:AssumeRole on it."
          : `${subject.allowedBy} must allow ${subject.action}.`,
      );
    case 'MalformedPolicyDocumentException': // KMS
      return refused(
        `${error.name}: ${error.message}`,
        'Every principal in it must exist, those of others too; an id (AROA…, AIDA…) is what is left of one that was deleted.',
      );
    case 'KmsAccessDenied': // SQS, of the key that a queue is encrypted with
      return refused(
        `${error.name}: ${error.message}`,
        "The queue is encrypted with a KMS key: this role's IAM policy and the key's policy must allow kms:GenerateDataKey and kms:Decrypt.",
      );
    case 'StsUnreachableError':
      return refused(
        error.message,
        'Check the network and the region; AWS_ENDPOINT_URL_STS, if set, must be running.',
      );
  }
  if (error.$metadata?.httpStatusCode === undefined) {
    return refused(
      `${subject.service} can't be reached (${error.name === 'Error' ? '' : `${error.name}: `}${error.message})`,
      `Check the network and the region; ${subject.endpointKey}, if set, must be running.`,
    );
  }
  return refused(`${error.name}: ${error.message}`, 'See the AWS documentation for this error.');
}
