import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
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

/** What can't be written to, as a process's stdout; undefined for a pipe that nobody reads. */
const BROKEN = [
  ['a pipe that nobody reads', 'EPIPE', undefined],
  ['a disk that is full', 'ENOSPC', '/dev/full'],
  // The kernel has no memory at the address 0.
  ['a device that fails', 'EIO', '/proc/self/mem'],
] as const;
const FORMATS = ['json', 'pretty', 'auto'];
const broken = BROKEN.filter(([, , file]) => file === undefined || existsSync(file));

/** Runs the program with a stdout, and a stderr too if asked for, that can't be written to. */
async function withBrokenLog(program: string, file: string | undefined, stderrToo = false) {
  const fd = file === undefined ? undefined : openSync(file, 'r+');
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['pipe', fd ?? 'pipe', stderrToo ? (fd ?? 'pipe') : 'pipe'],
  });
  if (fd !== undefined) closeSync(fd);
  child.stdout?.destroy();
  let stderr = '';
  if (stderrToo) child.stderr?.destroy();
  else
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
  child.stdin?.end(); // the program begins when its stdin ends: by then nobody reads its stdout
  const [code, signal] = await once(child, 'close');
  return { code: code as number | null, signal: signal as NodeJS.Signals | null, stderr };
}

/** Ends with 6 if it was told once that the log is lost, for this reason. */
const program = (logFormat: string, code: string, then: string) => `import { createLogger } from '${LOGGER}';
  let lost = [];
  process.stderr.on('error', () => {});
  for await (const _ of process.stdin);
  const log = createLogger({ logLevel: 'info', logFormat: '${logFormat}' }, 1, (error) => lost.push(error.code));
  ${then}
  setImmediate(() => process.exit(lost.join() === '${code}' ? 6 : 1));`;

describe.each(FORMATS)('%s', (logFormat) => {
  test.each(broken)('into %s: the loss is known within the line, and once', async (_name, code, file) => {
    const lines = `log.info('one'); const known = lost.join(); log.error({ order: 5 }, 'two'); log.info('three'); process.stderr.write('known: ' + known);`;
    const ended = await withBrokenLog(program(logFormat, code, lines), file);

    expect(ended).toMatchObject({ code: 6, signal: null });
    const [said, spilled, ...others] = ended.stderr.split('\n');
    expect(said).toMatch(
      new RegExp(`^cross-account-kcl: the log can't be written \\(${code}: .*\\): stopping$`),
    );
    // What is worth a warning still has a place.
    expect(JSON.parse(spilled ?? '')).toMatchObject({ level: 50, order: 5, msg: 'two' });
    expect(others).toEqual([`known: ${code}`]);
  });

  test.each(broken)('into %s, the first line worth a warning: it is on stderr', async (_name, code, file) => {
    const ended = await withBrokenLog(program(logFormat, code, "log.error('a record is skipped');"), file);
    expect(JSON.parse(ended.stderr.split('\n')[1] ?? '')).toMatchObject({ msg: 'a record is skipped' });
  });

  test.each(broken)('into %s, and stderr too: it is still known', async (_name, code, file) => {
    const ended = await withBrokenLog(
      program(logFormat, code, "log.error('one'); log.error('two'); console.error('three');"),
      file,
      true,
    );
    expect(ended).toMatchObject({ code: 6, signal: null });
  });

  test.each(broken)(
    'what the handler prints into %s is lost as a line of the log is',
    async (_name, code, file) => {
      const ended = await withBrokenLog(
        program(logFormat, code, "process.stdout.write('printed by a handler');"),
        file,
      );
      expect(ended).toMatchObject({ code: 6, signal: null });
    },
  );
});

test('without somebody to tell, the process gets one SIGTERM: the second would end at once', async () => {
  const ended = await withBrokenLog(
    `import { createLogger } from '${LOGGER}';
    let stops = 0;
    process.on('SIGTERM', () => stops++);
    for await (const _ of process.stdin);
    const log = createLogger({ logLevel: 'info', logFormat: 'pretty' });
    for (let n = 0; n < 5; n++) log.info('hello');
    setTimeout(() => process.stderr.write('stops: ' + stops), 200);`,
    undefined,
  );
  expect(ended.stderr).toBe(
    "cross-account-kcl: the log can't be written (EPIPE: broken pipe, write): stopping\nstops: 1",
  );
});
