import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xak-counts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function countTests(jest: object, surefire: string) {
  writeFileSync(join(folder, 'jest.json'), JSON.stringify(jest));
  writeFileSync(join(folder, 'TEST-x.xml'), surefire);
  return new Promise<{ status: number | null; stdout: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      ['build/scripts/count-tests.js', join(folder, 'jest.json'), folder, '0'],
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
      numPendingTests: 3,
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
    '<testsuite name="x" tests="5" errors="0" skipped="0" failures="0">',
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
