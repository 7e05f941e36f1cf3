import { AccessError } from '../errors/errors.js';
import { hideSecrets } from '../errors/secrets.js';
import { ConnectionError } from './connection-error.js';
import { credentialsFailure } from './credentials-failure.js';
import { isDenied, lookUp } from './known-errors/known-errors.js';

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
  /** What else a denial without a reason of the caller's own may mean. */
  orElse?: string;
  /** The setting that replaces the endpoint. */
  endpointKey: string;
}

/** The caller's own policy lacks the action, whatever there is at the other side. */
const OF_CALLER = /no identity-based policy allows/;

/** The failure of an AWS call in words: what was refused, and what to do about it. */
export function explainCall(cause: unknown, subject: CallSubject): AccessError {
  const error = cause as Error;
  const refused = (reason: string, hint: string) =>
    new AccessError(hideSecrets(`${subject.failure}: ${reason}`), { hint, cause: error });
  if (error instanceof ConnectionError) return refused(error.message, error.hint);
  const credentials = credentialsFailure(error);
  if (credentials) return refused(credentials.reason, credentials.hint);
  const { name, message } = error;
  const { id, kind, cure } = lookUp(error, subject.action);
  switch (id) {
    case 'denied':
      return refused(
        message,
        `${subject.allowedBy} must allow ${subject.action}.${subject.orElse === undefined || OF_CALLER.test(message) ? '' : ` ${subject.orElse}`}`,
      );
    case 'sts-unreachable':
      return refused(message, cure);
    case 'unreachable':
    case 'no-answer':
      return refused(
        `${subject.service} can't be reached (${name === 'Error' ? '' : `${name}: `}${message})`,
        `${cure} ${subject.endpointKey}, if set, must be running.`,
      );
  }
  if (kind === 'missing') return refused(subject.missing.reason, subject.missing.hint);
  return refused(isDenied(error) ? message : `${name}: ${message}`, cure);
}
