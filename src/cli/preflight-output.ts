import { styleText } from 'node:util';
import Table from 'cli-table3';
import { visible } from '../errors/visible.js';
import type { Status } from '../preflight/check.js';
import type { CheckReport, PreflightReport } from '../preflight/report.js';
import { explainTrouble, troubles } from '../preflight/report-text.js';

export const PREFLIGHT_OUTPUTS = ['text', 'json'] as const;
export type PreflightOutput = (typeof PREFLIGHT_OUTPUTS)[number];

export interface Screen {
  readonly columns: number;
  readonly colors: boolean;
}

/** Exit codes of `preflight`, documented in docs/preflight.md. */
export const PreflightExit = { passed: 0, failed: 1, unknown: 3 } as const;

/** What keeps it from passing. */
export function missingOf({ checks }: PreflightReport, strict: boolean): CheckReport[] {
  return troubles(checks).filter(({ status }) => status !== 'warning' || strict);
}

export function exitCodeOf(report: PreflightReport, strict: boolean): number {
  const missing = missingOf(report, strict);
  if (missing.length === 0) return PreflightExit.passed;
  return missing.every(({ status }) => status === 'error') ? PreflightExit.unknown : PreflightExit.failed;
}

export function renderPreflight(report: PreflightReport, output: PreflightOutput, screen: Screen): string {
  if (output === 'json') return `${JSON.stringify(report, undefined, 2)}\n`;
  const tables = groups(report.checks).map((checks) => {
    const [{ stream } = { stream: undefined }] = checks;
    return `${stream === undefined ? '' : `${stream}\n`}${table(checks, screen)}\n`;
  });
  const details = troubles(report.checks).map((check) => `\n${explainTrouble(check)}\n`);
  return [...tables, ...details, `\n${summary(report.checks)}\n`].join('');
}

/** Neighbours of one stream, which are told of under its ARN. */
function groups(checks: readonly CheckReport[]): CheckReport[][] {
  const found: CheckReport[][] = [];
  for (const check of checks) {
    const last = found.at(-1);
    if (last && last[0]?.stream === check.stream) last.push(check);
    else found.push([check]);
  }
  return found;
}

const COLORS = {
  passed: 'green',
  warning: 'yellow',
  failed: 'red',
  skipped: 'gray',
  error: 'magenta',
} as const;
const STATUS_WIDTH = 'passed'.length + 3;
/** The borders of three columns. */
const BORDERS = 4;
/** Of a column. */
const PADDING = 2;
const NARROWEST = 30;

function table(checks: readonly CheckReport[], { columns, colors }: Screen): string {
  const idWidth = Math.max('check'.length, ...checks.map(({ id }) => id.length)) + 2;
  const width = Math.max(NARROWEST, columns - STATUS_WIDTH - idWidth - BORDERS);
  const made = new Table({
    head: ['', 'check', 'asserts'],
    style: { head: [], border: [] },
    colWidths: [STATUS_WIDTH, idWidth, width],
    wordWrap: true,
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  // The table cuts off a word that is longer than its column, as the ARNs of AWS are.
  const tooLong = new RegExp(`\\S{${width - PADDING}}(?=\\S)`, 'g');
  for (const { status, id, asserts, message } of checks) {
    const told = status === 'passed' || status === 'skipped';
    const name = colors ? styleText(COLORS[status], status, { validateStream: false }) : status;
    made.push([name, id, `${asserts}: ${told ? visible(message) : 'see below'}`.replace(tooLong, '$&\n')]);
  }
  return made.toString();
}

function summary(checks: readonly CheckReport[]): string {
  const count = (status: Status) => checks.filter((check) => check.status === status).length;
  const counts = (['passed', 'warning', 'failed', 'error', 'skipped'] as const)
    .map((status) => ({ status, number: count(status) }))
    .filter(({ number }) => number > 0)
    .map(({ status, number }) => `${number} ${NAMES[status]}`);
  return `${checks.length} checks: ${counts.join(', ')}`;
}

const NAMES = {
  passed: 'passed',
  warning: 'with a warning',
  failed: 'failed',
  error: 'could not be told',
  skipped: 'skipped',
} as const;
