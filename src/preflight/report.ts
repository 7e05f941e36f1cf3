import type { FixedBy } from '../aws/known-errors/known-error.js';
import type { ReadRequest } from '../policy/read-request.js';
import type { Status } from './check.js';
import { type MissingStatement, missingStatements } from './remedy.js';
import { remedyInWords } from './remedy-text.js';
import type { Finding } from './runner.js';

/** One check in the report. The names and meanings are documented in docs/preflight.md, and kept. */
export interface CheckReport {
  readonly id: string;
  readonly asserts: string;
  readonly status: Status;
  readonly fixedBy: FixedBy;
  readonly message: string;
  /** What to do, for people; null where there is nothing to do. */
  readonly remedy: string | null;
  /** The same for programs, where statements are missing. */
  readonly statements: readonly MissingStatement[];
  /** The stream's ARN, where several are checked. */
  readonly stream?: string;
}

export interface PreflightReport {
  readonly version: 1;
  /** No check has failed, and none is an error. */
  readonly passed: boolean;
  readonly checks: readonly CheckReport[];
}

/** What a check was about. */
export interface Subject {
  /** What the statements that are missing are worked out for; undefined where the reader could not be told. */
  readonly request: ReadRequest | undefined;
  /** Where several streams are checked. */
  readonly stream: string | undefined;
  /** What is unknown of the reader, and what to do. */
  readonly note?: string | undefined;
}

export interface ReportOptions {
  /** Leaves the list of every policy that can deny out of the remedies, as for a log. */
  readonly brief?: boolean;
}

export function reportOn(
  findings: readonly Finding[],
  subjectOf: (finding: Finding) => Subject,
  { brief = false }: ReportOptions = {},
): PreflightReport {
  const checks = findings.map((finding) => reportCheck(finding, subjectOf(finding), brief));
  const broken = checks.some(({ status }) => status === 'failed' || status === 'error');
  return { version: 1, passed: !broken, checks };
}

function reportCheck(finding: Finding, { request, stream, note }: Subject, brief: boolean): CheckReport {
  const { check, status, fixedBy, message, denied, remedy } = finding;
  const statements = denied && request ? missingStatements(denied, request) : [];
  const texts = [
    remedy,
    denied && (!request || statements.length > 0) ? note : undefined,
    ...(denied
      ? remedyInWords(denied, request, statements, { id: check.id, brief, failed: status === 'failed' })
      : []),
  ];
  const text = texts.filter((one) => one !== undefined).join('\n');
  return {
    id: check.id,
    asserts: check.asserts,
    status,
    fixedBy,
    message,
    remedy: text === '' ? null : text,
    statements,
    ...(stream !== undefined && { stream }),
  };
}
