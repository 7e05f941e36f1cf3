import { ConnectionError } from '../aws/connection-error.js';
import { credentialsFailure } from '../aws/credentials-failure.js';
import type { Verdict } from './check.js';
import { readDenial } from './denial.js';

interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number };
  $response?: { body?: unknown; headers?: Record<string, string> };
  code?: string;
}

/** What a call was for: an action, and what it is done to. */
export interface Attempt {
  /** Such as kinesis:GetRecords. */
  readonly action: string;
  readonly resource: string;
}

const DENIED = ['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation'];
const THROTTLED = [
  'ProvisionedThroughputExceededException',
  'LimitExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'RequestThrottled',
];

/** What the SDKs' parsers say of HTML, or of an empty page. */
const NOT_AWS = /is not valid JSON|Unexpected token|XML parse error|^Unknown(Error)?$/;

export function isDenied(error: unknown): error is SdkError {
  return error instanceof Error && DENIED.includes(error.name);
}

/** A call that failed, as a verdict: whether that says something of the access, or only that it could not be told. */
export function failureOf(error: unknown, { action, resource }: Attempt): Verdict<never> {
  const { name, message, $metadata, code } = error as SdkError;
  if (isDenied(error)) {
    const denial = readDenial(message);
    return { status: 'failed', message, fixedBy: denial.fixedBy, lack: { action, resource, denial } };
  }
  if (error instanceof ConnectionError) {
    return { status: 'error', message: `${action} could not be called: ${error.message}`, cure: error.hint };
  }
  const credentials = credentialsFailure(error);
  if (credentials?.transient) {
    return {
      status: 'error',
      message: `${action} could not be called: ${credentials.reason}`,
      cure: credentials.hint,
    };
  }
  if (credentials) {
    return { status: 'failed', fixedBy: 'reader', message: credentials.reason, cure: credentials.hint };
  }
  if (THROTTLED.includes(name)) {
    return { status: 'error', message: `AWS throttles ${action}: ${message}`, cure: 'Try again later.' };
  }
  if (name === 'SyntaxError' || NOT_AWS.test(message)) {
    return {
      status: 'error',
      message: `${action} was answered with something that AWS does not write${$metadata?.httpStatusCode ? ` (HTTP ${$metadata.httpStatusCode})` : ''}: ${firstLine(message)}`,
      cure: 'Is a proxy or a login page between? Look at the endpoint and at HTTPS_PROXY.',
    };
  }
  if (name === 'TimeoutError' || name === 'AbortError') {
    return {
      status: 'error',
      message: `${action} got no answer in time`,
      cure: 'Look at the network, the endpoint and the proxy.',
    };
  }
  if ($metadata?.httpStatusCode === undefined) {
    return {
      status: 'error',
      message: `${action} could not be called: ${code === undefined || message.includes(code) ? '' : `${code} `}${firstLine(message)}`,
      cure: 'Look at the network, the region, the endpoint and the proxy.',
    };
  }
  return { status: 'error', message: `${action}: ${name}: ${firstLine(message)}` };
}

const firstLine = (text: string) => text.split('\n')[0] ?? '';
