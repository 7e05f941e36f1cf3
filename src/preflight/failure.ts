import { ConnectionError } from '../aws/connection-error.js';
import { credentialsFailure } from '../aws/credentials-failure.js';
import { isNamed, lookUp } from '../aws/known-errors/known-errors.js';
import type { Verdict } from './check.js';
import { readDenial } from './denial.js';

export { isDenied } from '../aws/known-errors/known-errors.js';

interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number };
  code?: string;
}

/** What a call was for: an action, and what it is done to. */
export interface Attempt {
  /** Such as kinesis:GetRecords. */
  readonly action: string;
  readonly resource: string;
}

/** The verdict on a call that failed: `failed` where AWS refused it, `error` where the answer does not show what the policies allow. */
export function failureOf(error: unknown, attempt: Attempt): Verdict<never> {
  const { action } = attempt;
  const notCalled = (why: string, cure: string) =>
    ({ status: 'error', message: `${action} could not be called: ${why}`, cure }) as const;
  if (error instanceof ConnectionError) return notCalled(error.message, error.hint);
  const credentials = credentialsFailure(error);
  if (credentials?.transient) return notCalled(credentials.reason, credentials.hint);
  if (credentials) {
    return { status: 'failed', fixedBy: 'reader', message: credentials.reason, cure: credentials.hint };
  }
  const { name, message, $metadata, code = '' } = error as SdkError;
  const { id, kind, cure, fixedBy = 'both' } = lookUp(error, action);
  const said = firstLine(message);
  if (kind === 'denied' || kind === 'barred') {
    const denial = readDenial(message);
    const lack = { ...deniedCall(error as SdkError, attempt), denial };
    return { status: 'failed', message, fixedBy: denial.fixedBy, lack };
  }
  if (kind === 'throttled') return { status: 'error', message: `AWS throttles ${action}: ${message}`, cure };
  if (kind !== 'unclear') {
    return { status: 'failed', fixedBy, message: `${action}: ${name}: ${said}`, cure };
  }
  switch (id) {
    case 'not-aws': {
      const status = $metadata?.httpStatusCode ? ` (HTTP ${$metadata.httpStatusCode})` : '';
      const answer = `${action} was answered with something that AWS does not write${status}: ${said}`;
      return { status: 'error', message: answer, cure };
    }
    case 'no-answer':
      return { status: 'error', message: `${action} got no answer in time`, cure };
    case 'sts-unreachable':
    case 'unreachable':
      return notCalled(`${message.includes(code) ? '' : `${code} `}${said}`, cure);
  }
  return { status: 'error', message: `${action}: ${name}: ${said}`, cure };
}

/** Of what was called, or of a call that it makes for the caller, as Kinesis does to KMS. */
function deniedCall(error: SdkError, attempt: Attempt): Attempt {
  const [, named, resource = '*'] = NAMED_CALL.exec(error.message.replaceAll(/\s+/g, ' ')) ?? [];
  if (named !== undefined && named.toLowerCase() !== attempt.action.toLowerCase()) {
    return { action: named, resource };
  }
  const { id } = lookUp(error, attempt.action);
  const ofKey = id === 'key-denied' || isNamed(error, 'key-denied');
  if (ofKey && !attempt.action.startsWith('kms:')) return { action: 'kms:Decrypt', resource: '*' };
  return attempt.resource === '*' ? { ...attempt, resource } : attempt;
}

const NAMED_CALL = /is not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+?)(?=[.,;]?(?: |$)))?/;

const firstLine = (text: string) => text.split('\n')[0] ?? '';
