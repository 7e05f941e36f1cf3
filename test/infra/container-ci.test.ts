import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { describeWithLinter } from './helpers/linter.js';

const FILE = 'docs/container-ci.md';
const [, workflow = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(FILE, 'utf8')) ?? [];

test('every action is pinned by its commit, and its version said', () => {
  const uses = workflow.match(/uses: .*/g) ?? [];
  expect(uses.length).toBeGreaterThan(0);
  for (const use of uses) expect(use).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

describeWithLinter('actionlint', (lint) => {
  const folder = temporaryFolder();
  const check = (text: string) => {
    const file = join(folder(), 'workflow.yml');
    writeFileSync(file, text);
    // Not by tools that a machine may have or not.
    return lint('-no-color', '-shellcheck=', '-pyflakes=', file);
  };

  test('finds nothing', () => {
    expect(check(workflow)).toEqual({ status: 0, output: '' });
  });

  test.each([
    ['a job that is not there', 'needs: build', 'needs: built'],
    ['a permission that is not there', 'packages: write', 'package: write'],
    ['a context that is not there', 'matrix.arch }}', 'matrix.arc }}'],
    ['a runner that is not there', 'ubuntu-24.04-arm }', 'ubuntu-24.4 }'],
  ])('would find %s', (_what, right, wrong) => {
    expect(workflow).toContain(right);
    expect(check(workflow.replaceAll(right, wrong)).status).toBe(1);
  });
});
