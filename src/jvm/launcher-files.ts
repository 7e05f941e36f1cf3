import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../errors/errors.js';

/** src/jvm or dist/jvm; the launcher stands beside src and dist. */
const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where Maven builds it. */
export const LAUNCHER_TARGET = path.join(PACKAGE_ROOT, 'launcher', 'target');

export interface LauncherFiles {
  readonly jar: string;
  /** The folder of the libraries, KCL among them. */
  readonly libraries: string;
  /** The class-data sharing archive, if one was made. */
  readonly archive: string;
}

/** @throws EnvironmentError if it is not built */
export function launcherFiles(target = LAUNCHER_TARGET): LauncherFiles {
  const jar = path.join(target, 'launcher.jar');
  if (!existsSync(jar)) {
    throw new EnvironmentError(`the launcher is not built: ${jar} is missing`, {
      remedy: 'Run ./scripts/build-launcher (it needs Maven).',
    });
  }
  return { jar, libraries: path.join(target, 'lib'), archive: path.join(target, 'launcher.jsa') };
}
