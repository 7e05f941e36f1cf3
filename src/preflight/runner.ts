import type { FixedBy } from '../aws/known-errors/known-error.js';
import { hideSecrets } from '../errors/secrets.js';
import { deadlineSignal } from '../errors/time-limit.js';
import type { Check, CheckId, Verdict } from './check.js';

/** What all checks found. */
export interface Findings {
  /** In the order of the checks. */
  readonly findings: readonly Finding[];
  /** What a check handed on; undefined if it did not hold, or was not run. */
  handedOn<T>(check: Check<T>): T | undefined;
}

/** A check with what it found. */
export interface Finding extends Omit<Verdict<never>, 'value'> {
  readonly check: Check;
  readonly fixedBy: FixedBy;
  readonly seconds: number;
}

export interface RunOptions {
  /** Of each check. */
  limitMs?: number;
  /** Of all of them. */
  timeoutMs?: number;
  /** Ids to run; what they need is run too, and not told of unless it fails. */
  only?: readonly CheckId[];
  /** Ids to leave out; what needs them is skipped. */
  skip?: readonly CheckId[];
  signal?: AbortSignal;
  /** Told when a check begins, and when it ends. */
  onBegin?: (check: Check) => void;
  onEnd?: (finding: Finding) => void;
}

interface Run {
  finding: Finding;
  value: unknown;
}

export const LIMIT_MS = 15_000;
export const TIMEOUT_MS = 60_000;

/**
 * Runs all checks at once, each as soon as what it needs has been found to hold. A check that throws is an `error` and no
 * crash.
 */
export async function runChecks(checks: readonly Check[], options: RunOptions = {}): Promise<Findings> {
  const { limitMs = LIMIT_MS, timeoutMs = TIMEOUT_MS, only, skip = [], signal } = options;
  const overall = deadlineSignal(timeoutMs, signal);
  const runs = new Map<Check, Promise<Run>>();
  const start = (check: Check): Promise<Run> => {
    const known = runs.get(check);
    if (known) return known;
    const run = execute(check);
    runs.set(check, run);
    return run;
  };

  async function execute(check: Check): Promise<Run> {
    if (skip.includes(check.id)) return ended(check, { status: 'skipped', message: 'it was left out' });
    const premises = await Promise.all(check.needs.map(start));
    const broken = premises.find(({ finding: { status } }) => status !== 'passed' && status !== 'warning');
    if (broken) {
      const { check: needed, status } = broken.finding;
      return ended(check, { status: 'skipped', message: `needs ${needed.id}, which is ${status}` });
    }
    options.onBegin?.(check);
    const began = performance.now();
    const limit = deadlineSignal(limitMs, overall);
    const verdict = await verdictOf(
      check,
      premises.map(({ value }) => value),
      limit,
    );
    return ended(check, verdict, (performance.now() - began) / 1000);
  }

  function ended(check: Check, verdict: Verdict<unknown>, seconds = 0): Run {
    const { value, ...found } = verdict;
    const message = hideSecrets(found.message);
    const finding: Finding = { fixedBy: check.fixedBy, ...found, message, check, seconds };
    options.onEnd?.(finding);
    return { finding, value };
  }

  const wanted = checks.filter(({ id }) => only === undefined || only.includes(id));
  await Promise.all(wanted.map(start));
  const findings: Finding[] = [];
  const values = new Map<Check, unknown>();
  for (const check of checks) {
    const run = await runs.get(check);
    if (run === undefined) continue;
    values.set(check, run.value);
    const { status } = run.finding;
    if (wanted.includes(check) || status === 'failed' || status === 'error') findings.push(run.finding);
  }
  return { findings, handedOn: <T>(check: Check<T>) => values.get(check) as T | undefined };
}

/** At the limit it is an error at once, whether the check looks at its signal or not. */
async function verdictOf(
  check: Check,
  values: readonly unknown[],
  limit: AbortSignal,
): Promise<Verdict<unknown>> {
  const late = new Promise<Verdict<unknown>>((resolve) => {
    const onAbort = () => resolve({ status: 'error', message: 'it was not done in time' });
    if (limit.aborted) onAbort();
    else limit.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([check.run(values as readonly never[], limit), late]);
  } catch (error) {
    return { status: 'error', message: `the check broke: ${(error as Error).message}` };
  }
}
