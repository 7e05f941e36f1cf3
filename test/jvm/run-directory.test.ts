import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '../../src/errors/errors.js';
import { checkRunDirectory, makeRunDirectory } from '../../src/jvm/run-directory.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const folder = temporaryFolder();
const modeOf = (path: string) => statSync(path).mode & 0o777;

test('it and the properties are private, whatever the umask', async () => {
  const umask = process.umask(0);
  try {
    const directory = await makeRunDirectory(folder());
    const file = await directory.writeProperties('a = pé漢\n');
    expect(modeOf(dirname(directory.socketPath))).toBe(0o700);
    expect(modeOf(file)).toBe(0o600);
    expect(dirname(file)).toBe(dirname(directory.socketPath));
    expect(readFileSync(file, 'utf8')).toBe('a = pé漢\n');
  } finally {
    process.umask(umask);
  }
});

test('each run has its own', async () => {
  const [one, other] = await Promise.all([makeRunDirectory(folder()), makeRunDirectory(folder())]);
  expect(one.socketPath).not.toBe(other.socketPath);
});

test('remove takes everything away, and may be called again', async () => {
  const directory = await makeRunDirectory(folder());
  await directory.writeProperties('a = b\n');
  writeFileSync(directory.socketPath, '');

  await directory.remove();
  await directory.remove();

  expect(existsSync(dirname(directory.socketPath))).toBe(false);
});

test('it is removed with a process that ends before it could', async () => {
  const program = `
    const { makeRunDirectory } = await import(process.argv[1]);
    const directory = await makeRunDirectory(process.argv[2]);
    console.log(await directory.writeProperties('password = secret'));
    process.exit(3);`;
  const module = new URL('../../src/jvm/run-directory.js', import.meta.url).href;
  const args = ['--input-type=module', '--eval', program, module, folder()];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status).toBe(3);
  expect(stdout).toContain('kcl.properties');
  expect(readdirSync(folder())).toEqual([]);
});

test('one that was removed leaves nothing to do at the end', async () => {
  const before = process.listenerCount('exit');
  const directory = await makeRunDirectory(folder());
  await directory.remove();
  expect(process.listenerCount('exit')).toBe(before);
});

describe('the length of the path', () => {
  const bytesInRoot = Buffer.byteLength('/cross-account-kcl-XXXXXX/host.sock');
  const allowed = process.platform === 'darwin' ? 103 : 107;

  test('one byte more than the system allows is refused before anything is made, and bytes count', async () => {
    const parent = `/é${'x'.repeat(allowed - bytesInRoot - 2)}`;
    const error = await makeRunDirectory(parent).catch((failure: unknown) => failure);
    expect(await checkRunDirectory(parent).catch((failure: unknown) => failure)).toEqual(error);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error).toMatchObject({
      message: `the socket's path would have ${allowed + 1} bytes, and the system allows ${allowed}: ${parent}/cross-account-kcl-XXXXXX/host.sock`,
      remedy: expect.stringContaining('RUN_DIRECTORY'),
    });
  });

  test('as long as the system allows is taken, and can be listened on', async () => {
    const parent = join(folder(), 'x'.repeat(allowed - bytesInRoot - Buffer.byteLength(folder()) - 1));
    mkdirSync(parent);
    const { socketPath } = await makeRunDirectory(parent);
    expect(Buffer.byteLength(socketPath)).toBe(allowed);
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath, resolve));
    server.close();
  });
});

describe.each([
  ['below a file', (root: string) => join(root, 'file', 'below'), /ENOTDIR/],
  ['that is not there', (root: string) => join(root, 'nothing'), /ENOENT/],
  ['that is a file', (root: string) => join(root, 'file'), /ENOTDIR/],
])('a parent %s', (_name, parentIn, reason) => {
  test.each([
    ['is refused', makeRunDirectory],
    ['is refused without trying', checkRunDirectory],
  ])('%s', async (_name, prepare) => {
    writeFileSync(join(folder(), 'file'), '');
    const parent = parentIn(folder());
    const error = await prepare(parent).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect((error as Error).message).toMatch(reason);
    expect((error as Error).message).toContain(`no directory can be made in ${parent}: `);
  });
});

test('to check it makes nothing', async () => {
  await checkRunDirectory(folder());
  expect(readdirSync(folder())).toEqual([]);
});
