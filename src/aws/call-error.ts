import { AccessError } from '../errors/errors.js';
import { hideSecrets } from '../errors/secrets.js';
import { ConnectionError } from './connection-error.js';
import { credentialsFailure } from './credentials-failure.js';
import { readDenial } from './known-errors/denial-text.js';
import type { ErrorKind, FixedBy } from './known-errors/known-error.js';
import { isDenied, type KnownErrorId, lookUp } from './known-errors/known-errors.js';

/** What the error of a call means, whatever raised it: AWS, the connection, or the source of the credentials. */
export interface CallFailure {
  /** Its entry in the table; undefined where the connection or the credentials say more. */
  readonly id: KnownErrorId | undefined;
  readonly kind: ErrorKind;
  readonly fixedBy: FixedBy;
  /** What happened. */
  readonly reason: string;
  readonly remedy: string;
}

interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly code?: string;
}

/** Names that say nothing to a user. */
const UNTELLING = ['Error', 'AggregateError', 'StsUnreachableError'];

/**
 * The one reading of an error, for every command, for `start` and for preflight.
 *
 * @param action the call, such as kinesis:GetRecords
 */
export function readFailure(error: unknown, action: string): CallFailure {
  if (error instanceof ConnectionError) {
    const { message: reason, remedy } = error;
    return { id: undefined, kind: 'unreachable', fixedBy: 'both', reason, remedy };
  }
  const credentials = credentialsFailure(error);
  if (credentials) {
    const { reason, remedy, transient } = credentials;
    return {
      id: undefined,
      kind: transient ? 'unreachable' : 'credentials',
      fixedBy: 'reader',
      reason,
      remedy,
    };
  }
  const { id, kind, fixedBy = 'both', remedy } = lookUp(error, action);
  return { id, kind, fixedBy, reason: reasonOf(error as SdkError, id, kind), remedy };
}

function reasonOf(error: SdkError, id: KnownErrorId, kind: ErrorKind): string {
  const { name, message = '', code = '', $metadata } = error;
  if (kind === 'denied' || kind === 'barred' || isDenied(error)) return message;
  const [text = ''] = message.split('\n');
  if (id === 'not-aws') {
    const status = $metadata?.httpStatusCode ? ` (HTTP ${$metadata.httpStatusCode})` : '';
    return `it was answered with something that AWS does not write${status}: ${text}`;
  }
  const ofConnection = kind === 'unreachable' && !message.includes(code) ? [code] : [];
  return [...(UNTELLING.includes(name) ? [] : [name]), ...ofConnection, text].filter(Boolean).join(': ');
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
  missing: { reason: string; remedy: string };
  /** What else a denial without a reason of the caller's own may mean. */
  orElse?: string;
  /** The setting that replaces the endpoint. */
  endpointKey: string;
}

/** The failure of an AWS call as an error that ends a command: what was refused, and what to do about it. */
export function explainCall(cause: unknown, subject: CallSubject): AccessError {
  const { id, kind, reason, remedy } = readFailure(cause, subject.action);
  const refused = (why: string, remedy: string) =>
    new AccessError(hideSecrets(`${subject.failure}: ${why}`), { remedy, cause });
  if (kind === 'missing') return refused(subject.missing.reason, subject.missing.remedy);
  if (id === 'denied') {
    const ofCaller = readDenial(reason).policy === 'identity-based policy';
    const orElse = subject.orElse === undefined || ofCaller ? '' : ` ${subject.orElse}`;
    return refused(reason, `${subject.allowedBy} must allow ${subject.action}.${orElse}`);
  }
  if (id === 'unreachable' || id === 'no-answer') {
    const why = `${subject.service} can't be reached (${reason})`;
    return refused(why, `${remedy} ${subject.endpointKey}, if set, must be running.`);
  }
  return refused(reason, remedy);
}
