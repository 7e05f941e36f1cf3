import type { Logger } from 'pino';
import type { WorkerConfig } from '../config/load.js';
import { AccessError } from '../errors/errors.js';
import type { CheckId } from '../preflight/check.js';
import { type Lookups, type PreflightRequest, preflight } from '../preflight/preflight.js';
import type { PreflightReport } from '../preflight/report.js';
import { explainTrouble, troubles } from '../preflight/report-text.js';

/** What `start` finds out by itself, each with its own message and exit code; and what stops no start. */
const LEFT_OUT: readonly CheckId[] = [
  // The policies do not allow them, and need not: each start would leave denials in the owner's CloudTrail.
  'describe-stream',
  'same-name',
  'key-state',
  'lease-table-contents',
  'lease-table-epoch',
  'lease-table-lag',
  'java',
  'kcl-version',
  'run-directory',
];

/**
 * Tries out every access before anything is started. A check without a result stops nothing: KCL may be luckier.
 *
 * @param lookups shared with whoever else looks at the streams and the lease table
 * @throws AccessError with every check that failed, and what to do
 */
export async function passPreflight(
  config: WorkerConfig,
  request: PreflightRequest,
  lookups: Lookups,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (config.preflight === 'off') return;
  const began = performance.now();
  const report = await preflight(request, { skip: LEFT_OUT, signal, brief: true }, lookups);
  if (signal.aborted) return;
  const seconds = Math.round((performance.now() - began) / 10) / 100;
  const failed = report.checks.filter(({ status }) => status === 'failed');
  // What Java's credentials may do, this process can't find out.
  const refuse = config.preflight === 'require' && !config.javaCredentials && failed.length > 0;
  for (const check of troubles(report.checks)) {
    if (refuse && check.status === 'failed') continue;
    const { id, status, fixedBy, stream, remedy } = check;
    logger.warn({ check: id, status, fixedBy, stream, remedy }, `preflight: ${check.message}`);
  }
  if (refuse) throw refusal(report);
  logger.info({ seconds, checks: report.checks.length, passed: report.passed }, 'preflight done');
}

function refusal({ checks }: PreflightReport): AccessError {
  const failed = checks.filter(({ status }) => status === 'failed');
  const texts = failed.map((check) => explainTrouble(check));
  return new AccessError(
    `${failed.length} of ${checks.length} checks before the start failed: nothing was started\n${texts.join('\n')}`,
    {
      remedy:
        'To see all checks: cross-account-kcl preflight, with the same configuration (with --reader if the role has a ' +
        'path). To start all the same: PREFLIGHT=warn.',
    },
  );
}
