import { jest } from '@jest/globals';
import { LiveLine } from '../../src/cli/live-line.js';
import { missingOf } from '../../src/cli/preflight-output.js';
import { untilPassed } from '../../src/cli/preflight-wait.js';
import type { Status } from '../../src/preflight/check.js';
import type { PreflightReport } from '../../src/preflight/report.js';

let stderr: string;
beforeEach(() => {
  stderr = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
});
afterEach(() => jest.restoreAllMocks());

const report = (statuses: Record<string, Status>): PreflightReport => ({
  version: 1,
  passed: false,
  checks: Object.entries(statuses).map(([id, status]) => ({
    id,
    asserts: `can ${id}`,
    status,
    fixedBy: 'reader',
    message: `about ${id}`,
    remedy: `mend ${id}`,
    statements: [],
  })),
});

/** Waits with rounds that find this, the last one again and again. */
function wait(rounds: Record<string, Status>[], ms: number, strict = false): Promise<PreflightReport> {
  const silent = new LiveLine({ isTTY: false } as unknown as NodeJS.WriteStream);
  const next = () => Promise.resolve(report((rounds.length > 1 ? rounds.shift() : rounds[0]) ?? {}));
  return untilPassed(next, (of) => missingOf(of, strict), ms, silent);
}

test('nothing is waited for, and nothing said, if all is well', async () => {
  const { checks } = await wait([{ read: 'passed', look: 'warning' }], 60_000);

  expect(checks).toHaveLength(2);
  expect(stderr).toBe('');
});

test('only what is new among what is missing is told of', async () => {
  const { checks } = await wait(
    [
      { read: 'failed', list: 'failed', reach: 'error', fine: 'passed' },
      { read: 'failed', list: 'failed', reach: 'error', fine: 'passed' },
      { read: 'failed', list: 'passed', reach: 'passed', fine: 'passed' },
      { read: 'passed', list: 'passed', reach: 'passed', fine: 'passed' },
    ],
    60_000,
  );

  expect(checks.map(({ status }) => status)).toEqual(['passed', 'passed', 'passed', 'passed']);
  expect(stderr.match(/mend read/g)).toHaveLength(1);
  expect(stderr.match(/still missing: .*/g)).toEqual([
    'still missing: read, list, reach',
    'still missing: read',
  ]);
  expect(stderr).not.toContain('fine');
});

test('the last report is returned when the time is over; with --strict a warning is missing too', async () => {
  const { checks } = await wait([{ look: 'warning' }], 100, true);

  expect(checks).toMatchObject([{ id: 'look', status: 'warning' }]);
  expect(stderr).toContain('still missing: look');
});
