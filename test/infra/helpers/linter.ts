import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../lab/project-root.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

/** What scripts/linters/install can install, with what it takes. */
const NEEDS = {
  'cfn-lint': 'Python 3.11',
  'kubernetes-validate': 'Python 3.11',
  'docker-compose': 'Python 3.11',
  actionlint: 'Go',
} as const;
type Tool = keyof typeof NEEDS;

export interface Linted {
  status: number | null;
  output: string;
}

/** Runs the tool to its end. */
export type Lint = (...args: string[]) => Linted;

/** Tests that need the tool; where it is not there they are skipped, and their name says why. */
export function describeWithLinter(tool: Tool, define: (lint: Lint) => void): void {
  const file = join(projectRoot, '.cache/linters/bin', tool);
  if (existsSync(file)) {
    describe(tool, () =>
      define((...args) => {
        const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8' });
        if (error) throw error;
        return { status, output: stdout + stderr };
      }),
    );
  } else {
    describe.skip(`${tool} (skipped: it is not here; scripts/linters/install needs ${NEEDS[tool]})`, () =>
      define(() => ({ status: null, output: '' })));
  }
}

/**
 * That cfn-lint finds nothing in the template, and would find these.
 *
 * @param broken what is wrong, what stands there, and what would instead
 */
export function describeCfnLint(
  template: string,
  broken: [what: string, right: string, wrong: string][],
): void {
  describeWithLinter('cfn-lint', (lint) => {
    const folder = temporaryFolder();

    test('finds nothing', () => {
      expect(lint('--include-checks', 'I', '--', template)).toEqual({ status: 0, output: '' });
    });

    test.each(broken)('would find %s', (_what, right, wrong) => {
      expect(lint(brokenCopy(readFileSync(template, 'utf8'), right, wrong, folder())).status).not.toBe(0);
    });
  });
}

/** @returns the path of a file in the folder with the text, in which one part stands for another */
export function brokenCopy(text: string, right: string, wrong: string, folder: string): string {
  expect(text.includes(right)).toBe(true);
  const broken = join(folder, 'broken.yaml');
  writeFileSync(broken, text.replace(right, wrong));
  return broken;
}
