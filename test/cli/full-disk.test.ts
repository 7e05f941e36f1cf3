import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../lab/project-root.js';
import { NO_SDK_NOTICE } from '../helpers/no-sdk-notice.js';

const STREAM = 'arn:aws:kinesis:us-east-1:111111111111:stream/orders';
const READER = 'arn:aws:iam::222222222222:role/reader';
const onFullDisk = existsSync('/dev/full') ? test.each : test.skip.each;

/** As `cross-account-kcl … >file` on a disk that is full. */
function run(args: readonly string[], stderrToo: boolean, env: Record<string, string> = {}) {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [join(projectRoot, 'dist', 'cli.js'), ...args], {
    env: { PATH: process.env.PATH, ...NO_SDK_NOTICE, ...env },
    stdio: ['ignore', full, stderrToo ? full : 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  return { status, stderr };
}

onFullDisk([
  ['policy print', ['policy', 'print', '--stream-arn', STREAM, '--reader', READER]],
  ['preflight --explain', ['preflight', '--explain', 'stream-summary']],
  ['--help', ['start', '--help']],
])('%s: what was not written is no success', (_name, args) => {
  expect(run(args, false)).toEqual({
    status: 6,
    stderr: "cross-account-kcl: the output can't be written (ENOSPC: no space left on device, write)\n",
  });
  expect(run(args, true).status).toBe(6);
});

onFullDisk([[['start', '--stream-arn', 'x']]])('%j: a failure keeps its exit code', (args) => {
  expect(run(args, true).status).toBe(2);
});

onFullDisk(['json', 'pretty'])('start, LOG_FORMAT=%s: it stops before anything is read', (logFormat) => {
  const env = {
    LOG_FORMAT: logFormat,
    PREFLIGHT: 'off',
    STREAM_ARN: STREAM,
    HANDLER: 'sample',
    // Nobody listens there.
    KINESIS_ENDPOINT: 'http://127.0.0.1:9',
    AWS_ACCESS_KEY_ID: '222222222222',
    AWS_SECRET_ACCESS_KEY: 'none',
  };
  const { status, stderr } = run(['start'], false, env);

  expect(status).toBe(6);
  const lines = stderr.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^cross-account-kcl: the log can't be written \(ENOSPC: .*\): stopping$/);
  expect(lines.some((line) => /^cross-account-kcl: the log could not be written \(ENOSPC/.test(line))).toBe(
    true,
  );
  expect(run(['start'], true, env).status).toBe(6);
});
