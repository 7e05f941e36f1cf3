/** Of long tests whose short form is always run: TESTS=all ./scripts/test runs them too. */
export const ALL_TESTS = process.env.TESTS === 'all';

const WHEN = '(skipped: TESTS=all ./scripts/test runs it)';

/** Tests that are skipped, and their name says so, unless all are asked for. */
export function describeThoroughly(name: string, tests: () => void): void {
  if (ALL_TESTS) describe(name, tests);
  else describe.skip(`${name} ${WHEN}`, tests);
}
