import { CREDENTIAL_ERRORS } from './credential-errors.js';
import { DENIALS } from './denials.js';
import type { KnownError } from './known-error.js';
import { POLICY_ERRORS } from './policy-errors.js';
import { RESOURCE_ERRORS } from './resource-errors.js';
import { TRANSIENT_ERRORS } from './transient-errors.js';

/**
 * AWS's errors, each with its cause and its remedy: the one table from which every message and docs/troubleshooting.md take
 * them. The first that fits counts.
 */
export const KNOWN_ERRORS = {
  ...CREDENTIAL_ERRORS,
  ...DENIALS,
  ...RESOURCE_ERRORS,
  ...POLICY_ERRORS,
  ...TRANSIENT_ERRORS,
} as const;

export type KnownErrorId = keyof typeof KNOWN_ERRORS;
type FoundError = KnownError & { readonly id: KnownErrorId };

const ALL = Object.entries<KnownError>(KNOWN_ERRORS).map(([id, { names, ambiguous, services, action }]) => ({
  id: id as KnownErrorId,
  names: names.map(plain),
  ambiguous: { names: ambiguous?.names.map(plain) ?? [], text: ambiguous?.text ?? /^/ },
  services,
  action,
}));

interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number };
}

/** What the SDKs' parsers say of HTML, or of an empty page. */
const NOT_AWS = /is not valid JSON|Unexpected token|XML parse error|^Unknown(Error)?$/;

/**
 * What an error of a call means.
 *
 * @param action the call, such as kinesis:GetRecords
 */
export function lookUp(error: unknown, action: string): FoundError {
  const { name = '', message = '', $metadata } = error as SdkError;
  const text = withoutNames(message);
  const [service = ''] = action.split(':');
  const found = ALL.find(
    (entry) =>
      (entry.services?.includes(service) ?? true) &&
      (entry.action?.test(action) ?? true) &&
      (entry.names.includes(plain(name)) ||
        (entry.ambiguous.names.includes(plain(name)) && entry.ambiguous.text.test(text))),
  );
  const id = found?.id ?? otherwise(message, $metadata?.httpStatusCode);
  return { ...KNOWN_ERRORS[id], id };
}

/**
 * AWS's text without ARNs and what is quoted: a role may be named `json-reader`, and says nothing of JSON. The text may be
 * wrapped.
 */
function withoutNames(message: string): string {
  return message
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\barn:\S*?(?=["'\]).,;:]*(?: |$))/g, '…')
    .replaceAll(/(?<!\w)(["'`]).*?\1(?!\w)/g, '…');
}

/** The id for an error whose name is not in the table: by its text, and by the HTTP status. */
function otherwise(message: string, status: number | undefined): KnownErrorId {
  if (NOT_AWS.test(message)) return 'not-aws';
  if (status === undefined) return 'unreachable';
  return status >= 500 ? 'aws-fault' : 'unknown';
}

/** Whether AWS does not allow the call, whatever the reason. */
export function isDenied(error: unknown): error is SdkError {
  return error instanceof Error && isNamed(error, 'denied');
}

/** Whether what was asked for is not there, whatever service answered. */
export function isMissing(error: unknown): error is SdkError {
  const name = plain((error as Error).name ?? '');
  return ALL.some(
    ({ id, names, ambiguous }) =>
      KNOWN_ERRORS[id].kind === 'missing' && [...names, ...ambiguous.names].includes(name),
  );
}

/** Whether Kinesis passes on what KMS answered: KMSAccessDeniedException and its siblings. */
export function isOfKms(error: unknown): error is SdkError {
  return error instanceof Error && /^K[Mm][Ss][A-Z]/.test(error.name);
}

/**
 * What to do where a policy that only limits what others allow does not allow the action; undefined for any other policy.
 *
 * @param policy as AWS names it, such as `permissions boundary`
 */
export function remedyOfLimit(policy: string, action: string): string | undefined {
  const entry = Object.values<KnownError>(KNOWN_ERRORS).find(({ limits }) => limits?.includes(policy));
  return entry?.remedy.replace('the action', action);
}

/** Whether the error's name is one that says it by itself, whatever service answered. */
export function isNamed(error: unknown, ...ids: readonly KnownErrorId[]): boolean {
  const name = plain((error as Error).name ?? '');
  return ALL.some((entry) => ids.includes(entry.id) && entry.names.includes(name));
}

/** The SDK has most names with "Exception" at their ends, the services some without. */
function plain(name: string): string {
  return name.toLowerCase().replace(/exception$/, '');
}
