import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LOGGER = new URL('../../src/log/logger.js', import.meta.url).href;

/** What a process that makes such a logger and ends at once has written. */
function run(logger: string, log = "log.info({ order: 5 }, 'hello')") {
  const program = `import { createLogger } from '${LOGGER}'; const log = createLogger(${logger}); ${log}; process.exit(0);`;
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program],
    {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    },
  );
  expect(signal ?? status).not.toBe(1);
  return { stdout, stderr, signal };
}

test.each(['json', 'auto'])('%s is a line of JSON where there is no terminal', (logFormat) => {
  const { stdout, stderr } = run(`{ logLevel: 'info', logFormat: '${logFormat}' }`);
  expect(JSON.parse(stdout)).toMatchObject({
    level: 30,
    msg: 'hello',
    order: 5,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
  expect(stderr).toBe('');
});

test('pretty is for people, without colours where there is no terminal', () => {
  const { stdout } = run("{ logLevel: 'info', logFormat: 'pretty' }");
  expect(stdout).toMatch(/INFO: hello\n {4}order: 5\n$/);
  expect(stdout).not.toContain('\u001b');
  expect(stdout).not.toContain('hostname');
});

test.each(['json', 'pretty'])('%s goes to stderr where stdout carries a protocol', (logFormat) => {
  const { stdout, stderr } = run(`{ logLevel: 'info', logFormat: '${logFormat}' }, 2`);
  expect(stdout).toBe('');
  expect(stderr).toContain('hello');
});

test('levels below the given one are left out', () => {
  const { stdout } = run("{ logLevel: 'warn', logFormat: 'json' }", "log.info('no'); log.warn('yes')");
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(stdout).msg).toBe('yes');
});

test.each(['json', 'pretty'])('nothing of %s is lost when the process is killed at once', (logFormat) => {
  const { stdout, signal } = run(
    `{ logLevel: 'info', logFormat: '${logFormat}' }`,
    "for (let n = 0; n < 300; n++) log.info('hello'); process.kill(process.pid, 'SIGKILL')",
  );
  expect(signal).toBe('SIGKILL');
  expect(stdout.trimEnd().split('\n')).toHaveLength(300);
});

test('auto is pretty on a terminal', () => {
  const program = `Object.defineProperty(process.stdout, 'isTTY', { value: true }); const { createLogger } = await import('${LOGGER}'); createLogger({ logLevel: 'info', logFormat: 'auto' }).info('hello');`;
  const stdout = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(stdout).toContain('\u001b[32mINFO');
});

const onFullDisk = existsSync('/dev/full') ? test : test.skip;
onFullDisk('a disk that is full is one SIGTERM, not one for each line: the second would end at once', () => {
  const program = `import { createLogger } from '${LOGGER}';
    let stops = 0;
    process.on('SIGTERM', () => stops++);
    const log = createLogger({ logLevel: 'info', logFormat: 'json' });
    for (let n = 0; n < 5; n++) log.info('hello');
    setTimeout(() => process.stderr.write('stops: ' + stops), 200);`;
  const full = openSync('/dev/full', 'w');
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    stdio: ['ignore', full, 'pipe'],
  });
  closeSync(full);

  expect(stderr).toBe(
    "cross-account-kcl: the log can't be written (ENOSPC: no space left on device, write): stopping\nstops: 1",
  );
  expect(status).toBe(0);
});
