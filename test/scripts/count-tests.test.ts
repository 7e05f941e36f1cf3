import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xak-counts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const SUREFIRE = '<testsuite name="x" tests="5" errors="0" skipped="0" failures="0">';

async function countTests(
  jest: object,
  surefire: string,
  { promises = [], tests = 'all' }: { promises?: object[]; tests?: 'quick' | 'all' } = {},
) {
  writeFileSync(join(folder, 'jest.json'), JSON.stringify(jest));
  writeFileSync(join(folder, 'promises.json'), JSON.stringify(promises));
  writeFileSync(join(folder, 'TEST-x.xml'), surefire);
  return new Promise<{ status: number | null; stdout: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      ['build/scripts/count-tests.js', folder, '0', join(folder, 'promises.json'), join(folder, 'jest.json')],
      { env: { ...process.env, TESTS: tests } },
      (_error, stdout) => resolve({ status: child.exitCode, stdout }),
    );
  });
}

const result = (status: string, title: string, ...ancestorTitles: string[]) => ({
  status,
  title,
  ancestorTitles,
});

test('skipped tests are counted, and named by the suites that say why; they fail nothing', async () => {
  const { status, stdout } = await countTests(
    {
      numPassedTests: 2,
      testResults: [
        {
          assertionResults: [
            result('pending', 'reads', 'Image (no Docker)', 'start'),
            result('passed', 'is there'),
            result('pending', 'stops', 'Image (no Docker)', 'start'),
          ],
        },
        { assertionResults: [result('passed', 'is there'), result('pending', 'alone')] },
      ],
    },
    '<testsuite name="x" tests="5" errors="0" skipped="1" failures="0">',
  );

  expect(stdout.split('\n')).toEqual([
    'skipped: Image (no Docker)',
    '  start › reads',
    '  start › stops',
    'skipped',
    '  alone',
    '6 passed, 0 failed, 4 skipped',
    '',
  ]);
  expect(status).toBe(0);
});

test('a failed test makes it fail, and is named with the reason beside the counts', async () => {
  const { status, stdout } = await countTests(
    {
      numPassedTests: 2,
      numFailedTests: 1,
      numRuntimeErrorTestSuites: 1,
      testResults: [
        {
          name: join(process.cwd(), 'build/test/a.test.js'),
          status: 'failed',
          assertionResults: [
            { ...result('failed', 'starts', 'Lab'), failureMessages: ['Error: the port is taken\n    at x'] },
            result('passed', 'stops'),
          ],
        },
        {
          name: join(process.cwd(), 'build/test/b.test.js'),
          status: 'failed',
          message: '\u001b[1m● Test suite failed to run\u001b[22m\n\n  TypeError: x\n    at y',
          assertionResults: [],
        },
        { name: join(process.cwd(), 'build/test/c.test.js'), status: 'passed', assertionResults: [] },
      ],
    },
    SUREFIRE,
  );

  expect(stdout.split('\n')).toEqual([
    'failed: build/test/a.test.js',
    '  Lab › starts: Error: the port is taken',
    'failed: build/test/b.test.js',
    '  TypeError: x',
    '7 passed, 2 failed, 0 skipped',
    '',
  ]);
  expect(status).toBe(1);
});

test('a failed JUnit test is named too', async () => {
  const { stdout } = await countTests(
    { numPassedTests: 2, testResults: [] },
    `<testsuite name="x" tests="2" errors="0" skipped="0" failures="1">
  <testcase name="passes" classname="x" time="0.1"/>
  <testcase name="ends" classname="x" time="0.1">
    <failure message="expected: &lt;1&gt;" type="AssertionFailedError"><![CDATA[at]]></failure>
  </testcase>`,
  );

  expect(stdout.split('\n')).toEqual([
    'failed: TEST-x.xml',
    '  ends: expected: &lt;1&gt;',
    '3 passed, 1 failed, 0 skipped',
    '',
  ]);
});

describe('promises', () => {
  const promises = [{ promise: 'Nothing is lost', suite: 'integration/read', test: 'host reads all' }];
  const results = (...assertionResults: object[]) => ({
    numPassedTests: 1,
    testResults: [{ name: join(process.cwd(), 'build/test/integration/read.test.js'), assertionResults }],
  });

  test('the quick run does not count what it has not chosen, and says that it is not everything', async () => {
    const jest = results(result('passed', 'reads all', 'host'), result('pending', 'stops', 'host'));

    const { status, stdout } = await countTests(jest, SUREFIRE, { promises, tests: 'quick' });

    expect(stdout.split('\n')).toEqual([
      'This was the quick run. ./scripts/test --all runs everything.',
      '6 passed, 0 failed, 0 skipped',
      '',
    ]);
    expect(status).toBe(0);
  });

  test.each([
    ['is not there', result('passed', 'reads some', 'host')],
    ['is skipped', result('pending', 'reads all', 'host')],
  ])('a test of one that %s fails the run', async (_what, other) => {
    const { status, stdout } = await countTests(results(other), SUREFIRE, { promises, tests: 'quick' });

    expect(stdout).toContain(
      'failed: Nothing is lost\n  test/integration/read.test.ts has no test with this name that was run: host reads all\n',
    );
    expect(stdout).toContain('6 passed, 1 failed, 0 skipped\n');
    expect(status).toBe(1);
  });
});
