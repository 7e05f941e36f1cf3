import { spawnSync } from 'node:child_process';

const MODULE = new URL('../../src/worker/event-loop-watch.js', import.meta.url).href;

/** Runs in a process of its own, with `watch` and `block(ms)`. */
function run(limitMs: number, body: string, env: NodeJS.ProcessEnv = {}) {
  const source = `
    import { pino } from 'pino';
    import { EventLoopWatch } from ${JSON.stringify(MODULE)};
    const watch = new EventLoopWatch(${limitMs}, pino());
    const block = (ms) => { const until = Date.now() + ms; while (Date.now() < until); };
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    ${body}
    console.log('went on');
    watch.close();`;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', source],
    {
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, ...env },
    },
  );
  return { status, signal, stdout, stderr };
}

test('a handler that blocks the event loop for longer than its time limit ends the process, which says why', () => {
  const { signal, stdout, stderr } = run(400, 'await sleep(2_000); block(30_000);');
  expect(signal).toBe('SIGKILL');
  expect(stdout).toMatch(/"level":60,.*"msg":"the event loop has been blocked for longer than 400 ms/);
  expect(stderr).toMatch(/^cross-account-kcl: the event loop has been blocked/);
  expect(stdout).not.toContain('went on');
});

test.each([
  ['for less', 2_000, 'block(1_000);'],
  ['without a limit', 0, 'block(1_000);'],
  ['after its end', 400, 'watch.close(); block(1_500);'],
])('one that blocks it %s does not', (_name, limitMs, body) => {
  const { status, stdout } = run(limitMs, body);
  expect(stdout).toContain('went on');
  expect(status).toBe(0);
});

test('what NODE_OPTIONS loads, as OpenTelemetry, is not loaded into the watchdog, which has no room for it', () => {
  const loading =
    "data:text/javascript,console.log('loaded');globalThis.kept=Array.from({length:4e6},(_,i)=>String(i))";
  const { stdout, signal } = run(2_000, 'await sleep(3_000); block(30_000);', {
    NODE_OPTIONS: `--import=${loading}`,
  });
  expect(stdout.match(/loaded/g)).toHaveLength(1);
  expect(stdout).not.toContain('the watchdog of the event loop has failed');
  expect(signal).toBe('SIGKILL');
});

test('how late it was can be asked for', () => {
  const { stdout } = run(
    0,
    "await sleep(100); block(700); await sleep(100); console.log('late', watch.maxMs);",
  );
  expect(Number(/late (\d+)/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(600);
});

test('an event loop that was late is reported', () => {
  const { stdout } = run(0, 'await sleep(100); block(1_200); await sleep(10_500);');
  expect(stdout).toMatch(/"level":40,.*"maxMs":1\d\d\d,.*the event loop was blocked, and every shard waited/);
});

test('it does not keep a process that has ended its work', () => {
  const { status } = run(60_000, 'process.on("exit", () => {}); await sleep(50);');
  expect(status).toBe(0);
});
