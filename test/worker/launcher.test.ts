import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { endedGracefully, type Launcher } from '../../src/worker/launcher.js';
import { memoryLog } from '../helpers/memory-log.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Installation } from './helpers/installation.js';

const folder = temporaryFolder();
const started: Launcher[] = [];
afterEach(() => {
  for (const launcher of started.splice(0)) launcher.kill();
});

/** Starts the launcher with this script as `java`. */
async function start(script: string) {
  const installation = new Installation(folder()).buildLauncher().installJava(script);
  const module = await installation.launcherModule();
  const log = memoryLog();
  const env = { ...process.env, JAVA_HOME: installation.javaHome, FOLDER: folder() };
  const launcher = await module.Launcher.start('/run/kcl.properties', env, log.logger);
  started.push(launcher);
  return { launcher, log, explainEnd: module.explainEnd, root: installation.root };
}

describe('it can not be started', () => {
  const startWith = async (installation: Installation, env: NodeJS.ProcessEnv) => {
    const module = await installation.launcherModule();
    return await module.Launcher.start('x', env, memoryLog().logger).catch((failure: unknown) => failure);
  };

  test('where it is not built', async () => {
    const installation = new Installation(folder());
    expect(await startWith(installation, { PATH: process.env.PATH })).toMatchObject({
      code: 'XAK_ENVIRONMENT',
      message: `the launcher is not built: ${join(installation.root, 'launcher', 'target', 'launcher.jar')} is missing`,
      remedy: expect.stringContaining('./scripts/build-launcher'),
    });
  });

  test('where JAVA_HOME holds no Java', async () => {
    const installation = new Installation(folder()).buildLauncher();
    const java = join(installation.javaHome, 'bin', 'java');
    expect(
      await startWith(installation, { PATH: process.env.PATH, JAVA_HOME: installation.javaHome }),
    ).toMatchObject({
      code: 'XAK_ENVIRONMENT',
      message: `Java can't be started as '${java}': there is no such program; JAVA_HOME is ${installation.javaHome}`,
      remedy: expect.stringContaining('Java 17'),
    });
  });

  test('where PATH holds no Java', async () => {
    const installation = new Installation(folder()).buildLauncher();
    expect(await startWith(installation, { PATH: folder() })).toMatchObject({
      code: 'XAK_ENVIRONMENT',
      message: "Java can't be started as 'java': there is no such program; JAVA_HOME is not set",
    });
  });

  test('where Java is no program', async () => {
    const installation = new Installation(folder()).buildLauncher();
    writeFileSync(join(installation.javaHome, 'bin', 'java'), '');
    expect(await startWith(installation, { JAVA_HOME: installation.javaHome })).toMatchObject({
      code: 'XAK_ENVIRONMENT',
      message: expect.stringMatching(/^Java can't be started as .*EACCES/),
    });
  });
});

test('Java gets the class path, the properties and UTF-8', async () => {
  const { launcher, root } = await start('printf "%s\\n" "$@" >"$FOLDER/args"');
  await launcher.ended;
  const args = readFileSync(join(folder(), 'args'), 'utf8').trimEnd().split('\n');
  const target = join(root, 'launcher', 'target');
  expect(args).toEqual(
    expect.arrayContaining([
      '-Dfile.encoding=UTF-8',
      '-XX:+ExitOnOutOfMemoryError',
      '-cp',
      `${target}/launcher.jar`,
    ]),
  );
  expect(args.slice(-2)).toEqual(['crossaccountkcl.run.Launcher', '/run/kcl.properties']);
});

test("stop() writes 'stop', and what it still says is logged", async () => {
  const { launcher, log } = await start(
    'read line; echo "{\\"level\\":\\"info\\",\\"msg\\":\\"got $line\\"}"; echo last words >&2; exit 0',
  );
  launcher.stop();
  expect(await launcher.ended).toEqual({ code: 0, signal: null });
  expect(log.messages('info').sort()).toEqual(['got stop', 'last words']);
});

test('stop() and kill() of one that has ended do nothing', async () => {
  const { launcher } = await start('exit 0');
  await launcher.ended;
  launcher.stop();
  launcher.kill();
  await new Promise(setImmediate);
});

test('kill() ends it', async () => {
  const { launcher } = await start('exec sleep 1000');
  launcher.kill();
  expect(await launcher.ended).toEqual({ code: null, signal: 'SIGKILL' });
});

test('kill() ends what a launcher that is gone has left of its group', async () => {
  // The one that is left holds a connection: its end is the event to wait for.
  const path = join(folder(), 'left.sock');
  const server = createServer().listen(path);
  let connected: Socket | undefined;
  server.once('connection', (socket) => {
    connected = socket;
  });
  const program = `require('net').connect('${path}')`;
  const { launcher } = await start(
    `"${process.execPath}" -e "${program}" </dev/null >/dev/null 2>&1 & exit 3`,
  );
  try {
    expect(await launcher.ended).toEqual({ code: 3, signal: null });
    if (connected === undefined) await once(server, 'connection');
    const closed = once(connected?.resume() as Socket, 'close');
    launcher.kill();
    await closed;
  } finally {
    connected?.destroy();
    server.close();
  }
});

test.each([
  ['exit 0', true],
  // As a JVM ends by them before the launcher handles them, or before it handles signals at all.
  ['exit 143', true],
  ['kill -TERM $$', true],
  ['kill -INT $$', true],
  ['exit 5', false],
  ['kill -KILL $$', false],
])('endedGracefully: %s is %p', async (script, graceful) => {
  const { launcher } = await start(script);
  expect(endedGracefully(await launcher.ended)).toBe(graceful);
});

describe('explainEnd', () => {
  test('a Java that is too old', async () => {
    const line =
      'java.lang.UnsupportedClassVersionError: crossaccountkcl/run/Launcher has been compiled by a more recent version';
    const { launcher, explainEnd } = await start(
      `echo "Error: LinkageError" >&2; echo "${line}" >&2; exit 1`,
    );
    expect(explainEnd(await launcher.ended, launcher.log)).toMatchObject({
      code: 'XAK_ENVIRONMENT',
      message: `the Java that was found is too old: ${line}`,
      remedy: expect.stringContaining('Java 17'),
    });
  });

  test.each([
    [2, 'XAK_ENVIRONMENT', 2, "the launcher can't start: it is so"],
    [3, 'XAK_ACCESS', 3, 'it is so'],
    [4, 'XAK_HANDLER', 4, 'it is so'],
    [5, 'XAK_DAEMON', 5, 'it is so'],
    [0, 'XAK_DAEMON', 5, 'the launcher ended by itself, with exit code 0: it is so'],
  ])('its exit code %d becomes %s', async (exit, code, exitCode, message) => {
    const line =
      '{\\"level\\":\\"error\\",\\"logger\\":\\"crossaccountkcl.run.WorkerRun\\",\\"msg\\":\\"it is so\\"}';
    const { launcher, explainEnd } = await start(`echo "${line}"; echo noise; exit ${exit}`);
    expect(explainEnd(await launcher.ended, launcher.log)).toMatchObject({ code, exitCode, message });
  });

  test('a signal, with its last lines where nothing else is known', async () => {
    const { launcher, explainEnd } = await start('echo one; echo two; kill -9 $$');
    expect(explainEnd(await launcher.ended, launcher.log)).toMatchObject({
      code: 'XAK_DAEMON',
      message: 'the launcher ended by itself, by SIGKILL: one\ntwo',
    });
  });
});
