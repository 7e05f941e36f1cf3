import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { projectRoot } from '../../../lab/project-root.js';

/** A mirror may be slow, and nothing of it is in the cache. */
const BUILD_TIMEOUT_MS = 15 * 60_000;
const BUILDKIT = { ...process.env, DOCKER_BUILDKIT: '1' };

/**
 * Builds a stage of our Dockerfile, the last one unless given.
 *
 * @throws Error with the last lines that the builder said
 */
export function buildImage(tag: string, target?: string): void {
  const args = ['build', '--tag', tag, ...(target === undefined ? [] : ['--target', target]), projectRoot];
  const { status, stderr, error } = spawnSync(dockerWithBuildKit(), args, {
    env: { ...BUILDKIT, BUILDKIT_PROGRESS: 'plain' },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: BUILD_TIMEOUT_MS,
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (status === 0) return;
  throw new Error(`docker build failed:\n${error?.message ?? stderr.split('\n').slice(-40).join('\n')}`);
}

/** The first docker on PATH that has BuildKit: one without buildx beside it has not. */
function dockerWithBuildKit(): string {
  const all = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'docker'));
  const usable = all.find((file) => isExecutable(file) && hasBuildKit(file));
  if (usable === undefined) throw new Error('no docker on PATH has BuildKit: install docker-buildx');
  return usable;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function hasBuildKit(docker: string): boolean {
  return spawnSync(docker, ['build', '--help'], { env: BUILDKIT, stdio: 'ignore' }).status === 0;
}
