import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STREAM } from '../helpers/stream.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Installation } from '../worker/helpers/installation.js';
import { MultilangDaemon } from '../worker/helpers/multilang-daemon.js';

// What a user of this machine's Node.js sees; ./scripts/test-nodes runs it on the other versions.
const NOTICES = Number.parseInt(process.versions.node, 10) < 22 ? 1 : 0;
const folder = temporaryFolder();
let installation: Installation;
beforeEach(() => {
  installation = new Installation(folder());
});

/** Without credentials: each command ends by itself, after it has made its AWS clients. */
function cli(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const env = { PATH: process.env.PATH, HOME: folder(), AWS_EC2_METADATA_DISABLED: 'true', ...more };
  return spawnSync(process.execPath, [installation.cli, ...args], { encoding: 'utf8', env });
}

const noticesIn = (text: string) => text.match(/Node\.js \S+ gets no more security fixes.*$/gm) ?? [];
/** What Node.js prints of a warning, whose text may have several lines. */
const WARNING = /\(node:\d+\)|trace-warnings|NodeVersionSupportWarning/;

test.each([
  ['preflight', ['--stream-arn', STREAM.arn, '--only', 'credentials', 'stream-summary']],
  ['tracker', ['--stream-arn', STREAM.arn]],
  ['status', ['--application-name', 'orders', '--region-name', 'us-east-1']],
  [
    'policy',
    ['print', '--stream-arn', STREAM.arn, '--reader', 'arn:aws:iam::222222222222:role/orders-reader'],
  ],
])('%s says at most one line of the version of Node.js, and only on stderr', (command, args) => {
  const { stdout, stderr } = cli([command, ...args]);
  expect(noticesIn(stderr)).toHaveLength(NOTICES);
  expect(noticesIn(stdout)).toEqual([]);
  expect(stderr).not.toMatch(WARNING);
});

test.each([['--version'], ['--help'], ['start', '--help']])('%s %s says none', (...args) => {
  expect(cli(args).stderr).toBe('');
});

describe('start', () => {
  const start = (env: NodeJS.ProcessEnv) =>
    cli(['start', '--stream-arn', STREAM.arn], { HANDLER: 'sample', ...env });

  test('says it in its log, in the form of the log', () => {
    const { stdout, stderr } = start({ LOG_FORMAT: 'json' });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: number; msg: string });
    expect(lines.filter(({ level, msg }) => level === 40 && noticesIn(msg).length > 0)).toHaveLength(NOTICES);
    expect(noticesIn(stderr)).toEqual([]);
    expect(stderr).not.toMatch(WARNING);
    expect(noticesIn(start({ LOG_FORMAT: 'pretty' }).stdout)).toHaveLength(NOTICES);
  });

  test('takes a handler in TypeScript, or says which Node.js does', () => {
    const handler = join(folder(), 'handler.ts');
    writeFileSync(handler, 'export const handleRecord = (record: { data: Buffer }): void => void record;');
    const { stderr } = start({ HANDLER: handler });
    if (NOTICES === 0) expect(stderr).toContain('there are no AWS credentials');
    else
      expect(stderr).toMatch(
        /handler\.ts can't be loaded: .*; Node\.js 20\S+ does not load TypeScript: compile it/,
      );
    expect(stderr).not.toMatch(WARNING);
  });

  test('shows the warnings of the handler', () => {
    const handler = join(folder(), 'handler.mjs');
    writeFileSync(
      handler,
      "process.emitWarning('use orders.v2', 'DeprecationWarning'); export const handleRecord = () => {};",
    );
    expect(start({ HANDLER: handler }).stderr).toContain('DeprecationWarning: use orders.v2');
  });
});

test("a child of the multilang transport repeats no notice, and keeps the handler's warnings out of the protocol", async () => {
  const handler = join(folder(), 'handler.mjs');
  writeFileSync(handler, "process.emitWarning('use orders.v2'); export const handleRecord = () => {};");
  const daemon = new MultilangDaemon({
    HANDLER: handler,
    ON_FAILURE: 'send',
    FAILURE_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/222222222222/orders-failed',
  });
  await daemon.initialize();
  daemon.end();
  expect(await daemon.ended).toEqual({ code: 0, signal: null });
  expect(daemon.stderr).toContain('Warning: use orders.v2');
  expect(daemon.stderr).not.toMatch(/NodeVersionSupportWarning|no more security fixes/);
  expect(
    daemon.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([{ action: 'status', responseFor: 'initialize' }]);
});
