import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_SDK_NOTICE } from '../helpers/no-sdk-notice.js';
import { Installation } from '../worker/helpers/installation.js';

let folder: string;
let installation: Installation;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'xak-'));
  installation = new Installation(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

function cli(...args: string[]) {
  const env = { PATH: process.env.PATH, ...NO_SDK_NOTICE };
  const { stdout, stderr, status } = spawnSync(process.execPath, [installation.cli, ...args], {
    encoding: 'utf8',
    env,
  });
  return { stdout, stderr, status };
}

test('--help lists the commands', () => {
  const { stdout, status } = cli('--help');
  expect(stdout).toMatch(/^Usage: cross-account-kcl /);
  expect(stdout).toMatch(/^ +start /m);
  expect(stdout).toMatch(/^ +tracker /m);
  expect(status).toBe(0);
});

test('start --help lists flags with their environment, and the exit codes', () => {
  const { stdout, status } = cli('start', '--help');
  expect(stdout).toMatch(/--stream-arn <value> .*STREAM_ARN/s);
  expect(stdout).toContain('Exit codes:');
  expect(status).toBe(0);
});

test('no AWS client is loaded before a command needs one', () => {
  const script = `import(${JSON.stringify(new URL('../../src/cli/program.js', import.meta.url))}).then(() =>
    console.log(Object.keys(require.cache).filter((file) => /@aws-sdk|pino/.test(file)).join()))`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toBe('\n');
});

test("--version prints the package's version", () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(cli('--version')).toEqual({ stdout: `${version}\n`, stderr: '', status: 0 });
});

test.each([
  ['an unknown command', ['dance'], "error: unknown command 'dance'"],
  ['an unknown option', ['start', '--dance'], "error: unknown option '--dance'"],
  [
    'an option without its value',
    ['start', '--stream-arn'],
    "error: option '--stream-arn <value>' argument missing",
  ],
])('%s ends with 2', (_name, args, message) => {
  const { stdout, stderr, status } = cli(...args);
  expect(stderr).toContain(message);
  expect(stderr).toContain('(see --help)');
  expect(stdout).toBe('');
  expect(status).toBe(2);
});

test.each([
  [['--allow-epoch-change'], []],
  [['--allow-epoch-change', 'no'], []],
  [
    ['--allow-epoch-change', 'maybe'],
    ["  --allow-epoch-change: 'maybe' can't be used; expected true | false"],
  ],
])('start %j: a flag that is true or false may stand alone', (args, problems) => {
  // The malformed ARN ends it either way.
  const { stderr } = cli('start', '--stream-arn', 'x', ...args);
  expect(stderr.split('\n').filter((line) => line.startsWith('  --allow'))).toEqual(problems);
  expect(stderr).toContain('--stream-arn');
});

test('no command at all shows the help, and ends with 2', () => {
  const { stderr, status } = cli();
  expect(stderr).toContain('Usage: ');
  expect(status).toBe(2);
});

test('a configuration that can not be used ends with 2 and one message, without a stack', () => {
  const { stdout, stderr, status } = cli('start', '--stream-arn', 'orders', '--log-level', 'loud');
  expect(stderr).toMatch(
    /^cross-account-kcl: the configuration can't be used:\n {2}--stream-arn.*\n {2}--log-level.*\n/,
  );
  expect(stderr.match(/cross-account-kcl: /g)).toHaveLength(1);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stdout).toBe('');
  expect(status).toBe(2);
});

test('without a handler nothing is read', () => {
  const { stderr, stdout, status } = cli(
    'start',
    '--stream-arn',
    'arn:aws:kinesis:eu-west-1:111122223333:stream/orders',
  );

  expect(stderr).toContain('  handler: there is none: ');
  expect(stdout).not.toContain('handled');
  expect(status).toBe(2);
});

test('a handler that is written in src/record-handler.ts, and built, is used', () => {
  const other = mkdtempSync(join(folder, 'written-'));
  const written = new Installation(other);
  writeFileSync(
    join(written.root, 'dist', 'record-handler.js'),
    "console.log('loaded'); export const handleRecord = async () => {};",
  );
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [written.cli, 'start', '--stream-arn', 'arn:aws:kinesis:eu-west-1:111122223333:stream/orders'],
    { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: other, AWS_EC2_METADATA_DISABLED: 'true' } },
  );

  expect(stdout).toContain('loaded');
  expect(stderr).toContain('there are no AWS credentials');
  expect(status).toBe(3);
});

test('a handler that can not be loaded ends it with 2', () => {
  const arn = 'arn:aws:kinesis:eu-west-1:111122223333:stream/orders';
  const { stderr, status } = cli('start', '--stream-arn', arn, '--handler', join(folder, 'nothing.mjs'));
  expect(stderr).toContain(`handler: ${join(folder, 'nothing.mjs')} can't be loaded: `);
  expect(status).toBe(2);
});
