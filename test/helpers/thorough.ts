/** Of long tests whose short form `./scripts/test --all` runs: `./scripts/test --long` runs them too. */
export const LONG_TESTS = process.env.TESTS === 'long';

const WHEN = '(skipped: ./scripts/test --long runs it)';

/**
 * Tests that are skipped, and their name says so, unless all are asked for.
 *
 * @param describeThem where they run; what it looks for, or builds, is not for tests that are skipped
 */
export function describeThoroughly(
  name: string,
  describeThem: (name: string, tests: () => void) => void,
  tests: () => void,
): void {
  if (LONG_TESTS) describeThem(name, tests);
  else describe.skip(`${name} ${WHEN}`, tests);
}

/** A single test of that kind. */
export const testThoroughly = (name: string, run: () => Promise<void>, timeoutMs?: number): void =>
  LONG_TESTS ? test(name, run, timeoutMs) : test.skip(`${name} ${WHEN}`, run, timeoutMs);
