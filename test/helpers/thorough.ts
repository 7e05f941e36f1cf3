/** Of long tests whose short form is always run: TESTS=all ./scripts/test runs them too. */
export const ALL_TESTS = process.env.TESTS === 'all';

const WHEN = '(skipped: TESTS=all ./scripts/test runs it)';

/** A test that is skipped, and its name says so, unless all are asked for. */
export function thoroughTest(name: string, run: () => Promise<void>, timeoutMs?: number): void {
  if (ALL_TESTS) test(name, run, timeoutMs);
  else test.skip(`${name} ${WHEN}`, run);
}

/** The same for a group of tests. */
export function describeThoroughly(name: string, tests: () => void): void {
  if (ALL_TESTS) describe(name, tests);
  else describe.skip(`${name} ${WHEN}`, tests);
}
