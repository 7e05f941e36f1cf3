import { type Check, defineCheck, passed } from '../../../src/preflight/check.js';
import { type Finding, runChecks } from '../../../src/preflight/runner.js';

/** What the check finds, after what it needs. */
export async function find(check: Check): Promise<Finding> {
  const { findings } = await runChecks([check]);
  return findings[0] as Finding;
}

/** A check that hands this on. */
export function given<T>(value: T): Check<T> {
  return defineCheck({
    id: 'credentials',
    asserts: 'is given',
    fixedBy: 'reader',
    needs: [],
    run: async () => passed('given', value),
  });
}
