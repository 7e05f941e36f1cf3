import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { javaCheck } from '../../../src/preflight/checks/java.js';
import { kclVersionCheck } from '../../../src/preflight/checks/kcl-version.js';
import { runDirectoryCheck } from '../../../src/preflight/checks/run-directory.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { find } from '../helpers/run.js';

const folder = temporaryFolder();

describe('java', () => {
  /** A `java` that writes this to stderr. */
  function javaHome(lines: readonly string[], code = 0): NodeJS.ProcessEnv {
    mkdirSync(join(folder(), 'bin'), { recursive: true });
    const java = join(folder(), 'bin', 'java');
    writeFileSync(java, `#!/bin/sh\n${lines.map((line) => `echo '${line}' >&2\n`).join('')}exit ${code}\n`);
    chmodSync(java, 0o755);
    return { PATH: process.env.PATH, JAVA_HOME: folder() };
  }

  test.each([
    ['17.0.15', ['openjdk version "17.0.15" 2025-04-15', 'OpenJDK Runtime Environment']],
    ['21', ['Picked up JAVA_TOOL_OPTIONS: -Dx="1"', 'java version "21" 2023-09-19 LTS']],
    ['26-ea', ['openjdk version "26-ea" 2026-03-17']],
  ])('%s is taken', async (version, lines) => {
    expect(await find(javaCheck(javaHome(lines)))).toMatchObject({
      status: 'passed',
      message: `${version}, started as '${join(folder(), 'bin', 'java')}'`,
    });
  });

  test.each([
    ['11.0.2', ['openjdk version "11.0.2" 2019-01-15']],
    ['1.8.0_292', ['java version "1.8.0_292"']],
  ])('%s is too old', async (version, lines) => {
    expect(await find(javaCheck(javaHome(lines)))).toMatchObject({
      status: 'failed',
      fixedBy: 'reader',
      message: expect.stringContaining(`the Java that was found is too old: ${version}`),
      remedy: 'Install Java 17 or newer, or set JAVA_HOME to one.',
    });
  });

  test('what tells no version is not taken, and what it says is told', async () => {
    const env = javaHome(['Error: could not find libjli.so'], 6);
    expect(await find(javaCheck(env))).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('could not find libjli.so'),
    });
  });

  test.each([
    ['JAVA_HOME', () => ({ PATH: process.env.PATH, JAVA_HOME: folder() }), 'JAVA_HOME is /'],
    ['PATH', () => ({ PATH: folder() }), 'JAVA_HOME is not set'],
  ])('none in %s', async (_name, env, where) => {
    expect(await find(javaCheck(env()))).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(new RegExp(`there is no such program; ${where}`)),
      remedy: expect.stringContaining('Install Java 17'),
    });
  });
});

describe('kcl-version', () => {
  function launcher(...jars: string[]): string {
    mkdirSync(join(folder(), 'lib'), { recursive: true });
    for (const jar of ['launcher.jar', ...jars.map((name) => join('lib', name))]) {
      writeFileSync(join(folder(), jar), '');
    }
    return folder();
  }

  test('the launcher that is built has one', async () => {
    // Jest runs in the project's folder, and what is tested is compiled elsewhere.
    expect(await find(kclVersionCheck({ launcherTarget: join('launcher', 'target') }))).toMatchObject({
      status: 'passed',
    });
  });

  test.each([
    ['3.5.1', 'passed'],
    ['2.5.3', 'passed'],
    ['2.5.2', 'failed'],
    ['2.4.9', 'failed'],
    ['1.15.0', 'warning'],
    ['1.14.10', 'failed'],
    ['10.0.0', 'passed'],
  ])('KCL %s: %s', async (version, status) => {
    const target = launcher(
      `amazon-kinesis-client-${version}.jar`,
      'amazon-kinesis-client-multilang-1.0.0.jar',
    );
    expect(await find(kclVersionCheck({ launcherTarget: target }))).toMatchObject({
      status,
      ...(status === 'failed' && {
        message: `amazon-kinesis-client-${version}.jar in ${join(target, 'lib')} is too old: it takes a stream's name alone`,
        remedy: expect.stringContaining('./scripts/build-launcher'),
      }),
    });
  });

  describe('of jars that are given', () => {
    const given = (...jars: string[]) => ({ kclJars: join(launcher(...jars), 'lib') });

    test('1.14 is refused', async () => {
      const { kclJars } = given('amazon-kinesis-client-1.14.10.jar');
      const check = kclVersionCheck({ kclJars });
      expect(check.asserts).toBe('has jars of a KCL that takes stream ARNs (2.5.3, or 1.15.0 of 1.x)');
      expect(await find(check)).toMatchObject({
        status: 'failed',
        message: `amazon-kinesis-client-1.14.10.jar in ${kclJars} is too old: it takes a stream's name alone`,
        remedy: 'Use KCL 2.5.3 or newer (1.15.0 of 1.x), and give --kcl-jars the folder of its jars.',
      });
    });

    test('1.15 passes, with the end of its life', async () => {
      expect(await find(kclVersionCheck(given('amazon-kinesis-client-1.15.3.jar')))).toMatchObject({
        status: 'warning',
        message: 'KCL 1.15.3: KCL 1.x reached its end of life in January 2026',
        remedy: expect.stringContaining('docs/kcl-1.x.md'),
      });
    });

    test('no such folder', async () => {
      const kclJars = join(folder(), 'nowhere');
      expect(await find(kclVersionCheck({ kclJars }))).toMatchObject({
        status: 'failed',
        message: expect.stringMatching(/^there are no jars: ENOENT.*nowhere/),
        remedy: expect.stringContaining('--kcl-jars'),
      });
    });
  });

  test('one that is too old is told of beside a newer one', async () => {
    const target = launcher('amazon-kinesis-client-3.5.1.jar', 'amazon-kinesis-client-1.9.0.jar');
    expect((await find(kclVersionCheck({ launcherTarget: target }))).message).toMatch(
      /^amazon-kinesis-client-1\.9\.0\.jar/,
    );
  });

  test.each([
    ['not built', () => folder(), /^the launcher is not built: .*launcher\.jar is missing$/],
    [
      'without KCL',
      () => launcher('slf4j-api-2.0.13.jar'),
      /^there is no amazon-kinesis-client-<version>\.jar in /,
    ],
  ])('%s', async (_name, prepare, message) => {
    expect(await find(kclVersionCheck({ launcherTarget: prepare() }))).toMatchObject({
      status: 'failed',
      fixedBy: 'reader',
      message: expect.stringMatching(message),
      remedy: 'Run ./scripts/build-launcher (it needs Maven).',
    });
  });
});

describe('run-directory', () => {
  test('one that can be written to passes, and nothing is made in it', async () => {
    expect(await find(runDirectoryCheck(folder()))).toMatchObject({ status: 'passed' });
    expect(readdirSync(folder())).toEqual([]);
  });

  test.each([
    ['not there', () => join(folder(), 'nothing'), /^no directory can be made in .*ENOENT/],
    ['of too long a path', () => join(folder(), 'x'.repeat(100)), /^the socket's path would have \d+ bytes/],
  ])('%s', async (_name, parent, message) => {
    expect(await find(runDirectoryCheck(parent()))).toMatchObject({
      status: 'failed',
      fixedBy: 'reader',
      message: expect.stringMatching(message),
      remedy: expect.stringContaining('RUN_DIRECTORY'),
    });
  });
});
