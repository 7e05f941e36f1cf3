import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../lab/project-root.js';

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
