import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPT = readFileSync('scripts/ensure-docker', 'utf8');
const SKIPPED = 'ensure-docker: the suites in test/container are skipped: ';
const DOWN = 'exit 1';
const NOBODY = 65_534;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xak-docker-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the script in CI, where these are all of Docker's programs on PATH. */
async function ensureDocker(
  programs: { docker?: string; dockerd?: string },
  { env = {}, uid }: { env?: Record<string, string>; uid?: number } = {},
) {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const tool of ['mktemp', 'setsid', 'sleep', 'tail', 'touch']) {
    symlinkSync(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(bin, tool));
  }
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      '/bin/bash',
      ['--norc', '-c', SCRIPT],
      {
        env: { PATH: bin, TMPDIR: folder, CI: 'true', ...env },
        cwd: '/',
        ...(uid === undefined ? {} : { uid }),
      },
      (_error, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    );
  });
}

test('does nothing where a daemon answers', async () => {
  const started = join(folder, 'started');

  expect(await ensureDocker({ docker: 'exit 0', dockerd: `touch ${started}` })).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  });
  expect(() => readFileSync(started)).toThrow('ENOENT');
});

test.each([
  ['there is no client', {}, {}, 'no docker on PATH'],
  ['there is nothing to start', { docker: DOWN }, {}, 'no Docker daemon answers, and there is no dockerd'],
  [
    'the daemon is elsewhere',
    { docker: DOWN, dockerd: DOWN },
    { env: { DOCKER_HOST: 'tcp://elsewhere:2376' } },
    'no Docker daemon answers at DOCKER_HOST=tcp://elsewhere:2376',
  ],
])('where %s it says so, and does not fail', async (_case, programs, options, reason) => {
  const { status, stdout, stderr } = await ensureDocker(programs, options);

  expect(stderr).toContain(`${SKIPPED}${reason}`);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});

const root = process.getuid?.() === 0;

test('only root starts a daemon', async () => {
  const programs = { docker: DOWN, dockerd: DOWN };

  const { status, stderr } = await ensureDocker(programs, root ? { uid: NOBODY } : {});

  expect(stderr).toBe(`${SKIPPED}no Docker daemon answers, and only root can start one\n`);
  expect(status).toBe(0);
});

const asRoot = root ? describe : describe.skip;
asRoot('as root', () => {
  test.each(['', 'false'])('starts no daemon with CI=%p, and says how to get one', async (CI) => {
    const started = join(folder, 'started');

    const { status, stdout, stderr } = await ensureDocker(
      { docker: DOWN, dockerd: `touch ${started}` },
      { env: { CI } },
    );

    expect(stderr).toBe(
      `${SKIPPED}no Docker daemon answers: start it, or CI=true ./scripts/test --all starts one\n`,
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(existsSync(started)).toBe(false);
  });

  test('starts the daemon, and waits until it answers', async () => {
    const up = join(folder, 'up');

    const { status, stdout, stderr } = await ensureDocker({
      docker: `test -f ${up}`,
      dockerd: `sleep 0.2; touch ${up}`,
    });

    expect(stdout).toMatch(/^ensure-docker: started dockerd \(pid \d+\), which goes on running; its log is /);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('a daemon that ends is told by its last words, and does not fail the run', async () => {
    const { status, stderr } = await ensureDocker({
      docker: DOWN,
      dockerd: 'echo starting; echo "failed to start daemon: no cgroups" >&2; exit 1',
    });

    expect(stderr).toMatch(/^ensure-docker: .*: dockerd \(pid \d+\) does not answer: .*no cgroups\n$/);
    expect(status).toBe(0);
  });
});
