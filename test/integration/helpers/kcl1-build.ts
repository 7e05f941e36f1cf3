import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../../lab/project-root.js';

const BUILD_TIMEOUT_MS = 5 * 60_000;
/** What Maven says when it has a project that it could build, and no way to its libraries. */
const NO_JARS = /Could not transfer artifact|Could not resolve dependencies|Could not find artifact/;

/** Tests that need launcher-kcl1, which is built unless it is. Where its jars can't be had they are skipped by name. */
export function describeWithKcl1(name: string, tests: () => void): void {
  const { status, stderr, error } = spawnSync(join(projectRoot, 'scripts', 'build-launcher'), ['--kcl1'], {
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
  });
  if (status === 0) describe(name, tests);
  else if (NO_JARS.test(stderr)) describe.skip(`${name} (skipped: the jars of KCL 1.15 can't be had)`, tests);
  else throw new Error(`launcher-kcl1 can't be built: ${stderr}`, { cause: error });
}
