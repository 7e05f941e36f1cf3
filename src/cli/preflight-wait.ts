import { setTimeout as sleep } from 'node:timers/promises';
import { durationText } from '../monitoring/duration-text.js';
import type { CheckReport, PreflightReport } from '../preflight/report.js';
import { explainTrouble } from '../preflight/report-text.js';
import type { LiveLine } from './live-line.js';

/** A change of policies counts within seconds; a round reads from shards, which allow five calls a second. */
const PAUSE_MS = 2_000;

/**
 * Rounds until nothing is missing, or the time is over. Meanwhile it says on stderr what is missing: all of it once, then
 * what has changed.
 *
 * @returns the last round's report
 */
export async function untilPassed(
  round: () => Promise<PreflightReport>,
  missingOf: (report: PreflightReport) => readonly CheckReport[],
  waitMs: number,
  live: LiveLine,
): Promise<PreflightReport> {
  const deadline = performance.now() + waitMs;
  let told = new Map<string, string>();
  for (;;) {
    const report = await round();
    const missing = missingOf(report);
    const left = deadline - performance.now();
    if (missing.length === 0 || left <= 0) return report;
    told = tell(missing, told);
    live.show(`waiting for ${missing.map(({ id }) => id).join(', ')}; ${durationText(left)} left`);
    await sleep(Math.min(PAUSE_MS, left));
    live.clear();
  }
}

function tell(missing: readonly CheckReport[], before: ReadonlyMap<string, string>): Map<string, string> {
  const now = new Map(missing.map((check) => [`${check.id} ${check.stream ?? ''}`, explainTrouble(check)]));
  const news = [...now].filter(([key, text]) => before.get(key) !== text).map(([, text]) => text);
  if (news.length > 0 || now.size < before.size) {
    const ids = missing.map(({ id }) => id).join(', ');
    process.stderr.write([...news, `still missing: ${ids}\n`].join('\n\n'));
  }
  return now;
}
