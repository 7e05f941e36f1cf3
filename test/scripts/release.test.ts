import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../lab/project-root.js';

/** A repository of its own, whose version 1.2.3 is ready. */
let folder: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    cwd: folder,
    stdio: 'pipe',
  });
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const commit = () => {
  git('add', '--all');
  git('commit', '--quiet', '--message', 'a');
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xak-release-'));
  mkdirSync(join(folder, 'scripts'));
  copyFileSync(join(projectRoot, 'scripts', 'release'), join(folder, 'scripts', 'release'));
  write('package.json', '{"version":"1.2.3"}');
  write('package-lock.json', '{"version":"1.2.3"}');
  write(
    'CHANGELOG.md',
    '# Changelog\n\n## Unreleased\n\n## 1.2.3 – 2026-12-01\n\n- New.\n\n## 1.2.2\n\n- Old.\n',
  );
  git('init', '--quiet');
  commit();
});
afterEach(() => rmSync(folder, { recursive: true }));

function release(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('./scripts/release', args, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr: stderr.trim().split('\n') };
}

test('--dry-run says that the version is ready, and makes no tag', () => {
  expect(release('--dry-run', '1.2.3')).toEqual({
    status: 0,
    stdout:
      '1.2.3 is ready: the tree is clean, package.json and CHANGELOG.md have the version, the tag v1.2.3 is free\n',
    stderr: [''],
  });
  expect(git('tag').toString()).toBe('');
});

test('everything that is wrong is said at once, and nothing is built', () => {
  write('package-lock.json', '{"version":"1.2.2"}');
  git('tag', 'v1.3.0');

  expect(release('1.3.0')).toEqual({
    status: 1,
    stdout: '',
    stderr: [
      'release: the working tree has changes: commit them or put them away',
      'release: package.json has version 1.2.3: npm version --no-git-tag-version 1.3.0',
      'release: package-lock.json has version 1.2.2: npm version --no-git-tag-version 1.3.0',
      "release: CHANGELOG.md has nothing below '## 1.3.0': move there what is below '## Unreleased'",
      'release: the tag v1.3.0 exists',
    ],
  });
});

test.each([
  ['an empty section', '## 1.2.3\n\n## 1.2.2\n\n- Old.\n'],
  ['a section of a longer version', '## 1.2.30\n\n- New.\n'],
])('%s in CHANGELOG.md is not enough', (_, text) => {
  write('CHANGELOG.md', text);
  commit();

  expect(release('--dry-run', '1.2.3')).toMatchObject({
    status: 1,
    stderr: ["release: CHANGELOG.md has nothing below '## 1.2.3': move there what is below '## Unreleased'"],
  });
});

test.each([
  [[], "'' is no version such as 1.2.3"],
  [['v1.2.3'], "'v1.2.3' is no version such as 1.2.3"],
  [['1.2.3', '1.2.4'], "'1.2.4' is a second version"],
  [['--force', '1.2.3'], "unknown option '--force'"],
  [['--dry-run', '--publish', '1.2.3'], 'give one of --dry-run and --publish'],
])('%j: %s', (args, message) => {
  expect(release(...args)).toEqual({
    status: 2,
    stdout: '',
    stderr: [`release: ${message}; usage: ./scripts/release [--dry-run | --publish] <version>`],
  });
});
