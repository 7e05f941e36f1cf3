import { option, shellCommand } from '../errors/shell-command.js';
import { calledBefore } from './client-calls.js';
import { isNamed, lookUp } from './known-errors/known-errors.js';
import { type CredentialsFailure, loginProfile, missingCredentials } from './missing-credentials.js';
import { mayNotBeEnabled, notEnabled } from './region-opt-in.js';

interface ProviderError extends Error {
  code?: string;
  syscall?: string;
  path?: string;
}

const NOTHING_FOUND =
  /^Could not (load credentials from any providers|resolve credentials using profile)|metadata service|Metadata Service/;
/** Of a connection that was not made. */
const NOT_ASKED =
  /\bAggregateError\b|\bE(CONN\w+|TIMEDOUT|AI_AGAIN|HOSTUNREACH|NETUNREACH|PIPE)\b|\bENOTFOUND\b|socket hang up|status: 5\d\d/;
const MAX_SAID = 300;
const NO_CREDENTIALS = ['CredentialsProviderError', 'TokenProviderError'];

/** What the credentials lack; undefined if the error is not about them. */
export function credentialsFailure(error: unknown, env = process.env): CredentialsFailure | undefined {
  const { name, message, code, syscall, path } = error as ProviderError;
  const called = calledBefore(error);
  if (called && mayNotBeEnabled(error, called.region)) {
    return notEnabled(error as Error, called.region, called.account);
  }
  const known = lookUp(error, '');
  if (known.kind === 'credentials') {
    const what =
      known.id === 'clock' ? "AWS does not accept the request's time" : 'the AWS credentials are not valid';
    return { reason: `${what}: ${message}`, remedy: known.remedy };
  }
  // Of the SDK's own calls it is the token of AWS_WEB_IDENTITY_TOKEN_FILE and its likes.
  if (syscall === 'open' && path !== undefined) {
    return {
      reason: `there are no AWS credentials: the file ${path}, from which the credentials come, can't be read (${code})`,
      remedy:
        'Check its path in the environment and the profile (AWS_WEB_IDENTITY_TOKEN_FILE, web_identity_token_file), and that this user may read it.',
    };
  }
  if (name === 'SourceTimeoutError') {
    return {
      reason: `there are no AWS credentials: ${message}`,
      remedy: 'Check the network and the proxy on the way to it; a credential_process must end by itself.',
      transient: true,
    };
  }
  if (!NO_CREDENTIALS.includes(name)) return undefined;
  const text = String(message); // of SSO's answers the SDK makes it the error
  const [, connection] = /^ConnectionError: (.+)/.exec(text) ?? [];
  if (connection !== undefined) {
    return {
      reason: `there are no AWS credentials: ${connection}`,
      remedy:
        'The credentials come from there: let the proxy connect to that host, and name the CA of one that signs TLS anew in NODE_EXTRA_CA_CERTS (docs/proxy.md).',
      transient: true,
    };
  }
  if (NOT_ASKED.test(text) || namesPassingFault(text)) {
    return {
      reason: `there are no AWS credentials: what gives them could not be asked: ${cut(text)}`,
      remedy:
        'Check the network and the proxy on the way to it (docs/proxy.md). It is asked again while the worker runs.',
      transient: true,
    };
  }
  const profile = option('--profile', loginProfile(env));
  if (/\bSSO\b|^UnauthorizedException\b/.test(text)) {
    return {
      reason: `there are no AWS credentials: ${text}`,
      remedy: `Log in: ${shellCommand(['aws', 'sso', 'login', ...profile])}`,
    };
  }
  if (/^ForbiddenException\b/.test(text)) {
    return {
      reason: `there are no AWS credentials: IAM Identity Center answers ${text}`,
      remedy:
        'Check sso_account_id and sso_role_name of the profile, and that the permission set is assigned to you in that account.',
    };
  }
  if (/\baws login\b|re-?authenticate|^Failed to load token from/.test(text)) {
    return {
      reason: `there are no AWS credentials: ${text}`,
      remedy: `Log in: ${shellCommand(['aws', 'login', ...profile])}`,
    };
  }
  if (/multi-factor/.test(message)) {
    return {
      reason: `there are no AWS credentials: ${message}`,
      remedy:
        'Nobody can be asked for a code here: use a profile without mfa_serial, or credentials of a session that was opened with one.',
    };
  }
  const { reason, remedy } = missingCredentials(env) ?? {};
  // The end of the chain says nothing; what ended it before does.
  const said = NOTHING_FOUND.test(text) ? '' : ` (${cut(text)})`;
  return {
    reason: `there are no AWS credentials${reason === undefined ? ` (${text})` : `: ${reason}${said}`}`,
    remedy:
      remedy ??
      'Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached.',
  };
}

/** The SDK makes such a text of an error's name and message: of a service that is throttled or has a fault. */
function namesPassingFault(text: string): boolean {
  return text.split(/\W+/).some((name) => isNamed({ name }, 'rate', 'aws-fault', 'no-answer'));
}

/** Of a program that failed Node shows the command, which may hold a secret, and all that it wrote: the end says why. */
function cut(text: string): string {
  const [first = '', ...others] = text.trim().split(/\r?\n/);
  if (!first.startsWith('Command failed: ')) return text;
  const last = others.findLast((line) => line.trim() !== '')?.trim() ?? '';
  if (last === '') return 'the command failed and wrote nothing to stderr';
  return last.length <= MAX_SAID ? last : `${last.slice(0, MAX_SAID)}…`;
}
