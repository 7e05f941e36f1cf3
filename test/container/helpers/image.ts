import { execFileSync, spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** For all stages of the Dockerfile. */
export const NODE_IMAGE = process.env.NODE_IMAGE ?? 'node:24-trixie-slim';

const BUILD_TIMEOUT_MS = 20 * 60_000;

/**
 * Builds the Dockerfile as the documentation says.
 *
 * @param options of `docker build`, the folder last
 * @throws Error with what the build said
 */
export function buildImage(tag: string, options: readonly string[]): void {
  const args = ['build', '--tag', tag, ...options];
  const { status, stderr, stdout, error } = spawnSync(clientThatBuilds(), args, {
    env: { ...process.env, DOCKER_BUILDKIT: '1' },
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
    maxBuffer: 2 ** 28,
  });
  if (status !== 0)
    throw new Error(`${error?.message ?? ''}\n${stdout.slice(-4_000)}\n${stderr.slice(-8_000)}`);
}

/** Newer clients need the plugin buildx for BuildKit; one that is older, and elsewhere on PATH, does not. */
function clientThatBuilds(): string {
  const clients = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'docker'));
  return (
    clients.find((client) => {
      const { status, stdout } = spawnSync(client, ['version', '--format', '{{.Client.Version}}'], {
        encoding: 'utf8',
      });
      if (status !== 0) return false;
      return Number.parseInt(stdout, 10) < 23 || spawnSync(client, ['buildx', 'version']).status === 0;
    }) ?? 'docker'
  );
}

/** Runs the docker client. @throws Error with what it said */
export function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
