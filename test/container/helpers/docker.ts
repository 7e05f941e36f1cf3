import { spawnSync } from 'node:child_process';

/** Else a daemon that hangs would hold up the run. */
const ANSWER_TIMEOUT_MS = 30_000;
const PULL_TIMEOUT_MS = 15 * 60_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a Docker daemon answers. */
export function dockerIsThere(env: Environment = process.env): boolean {
  return noDocker(env) === undefined;
}

/**
 * Tests that need Docker and these images, which are pulled unless they are there. Where that can't be, the tests are
 * skipped, with the reason in their name.
 */
export function describeWithDocker(name: string, images: readonly string[], tests: () => void): void {
  const reason = whyNotDocker(images);
  if (reason === undefined) describe(name, tests);
  else describe.skip(`${name} (${reason})`, tests);
}

/** Why containers of these images can't be run; undefined if they can. */
export function whyNotDocker(images: readonly string[], env: Environment = process.env): string | undefined {
  const missing = noDocker(env);
  if (missing !== undefined) return missing;
  for (const image of images) {
    const reason = whyNoImage(image, env);
    if (reason !== undefined) return `the image ${image} is not here and can't be pulled: ${reason}`;
  }
  return undefined;
}

/** `docker version` fails without a daemon; `docker info` does not in every release. */
function noDocker(env: Environment): string | undefined {
  const reason = failure(['version', '--format', '{{.Server.Version}}'], ANSWER_TIMEOUT_MS, env);
  return reason === undefined ? undefined : `no Docker daemon answers: ${reason}`;
}

function whyNoImage(image: string, env: Environment): string | undefined {
  if (failure(['image', 'inspect', image], ANSWER_TIMEOUT_MS, env) === undefined) return undefined;
  return failure(['pull', '--quiet', image], PULL_TIMEOUT_MS, env);
}

/** Runs the docker client. What it said if it failed, on one line. */
function failure(args: readonly string[], timeout: number, env: Environment): string | undefined {
  const { status, error, stderr } = spawnSync('docker', args, {
    env: env as NodeJS.ProcessEnv,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout,
    killSignal: 'SIGKILL',
  });
  if (status === 0) return undefined;
  if (error !== undefined) return error.message;
  return stderr.trim().replaceAll(/\s+/g, ' ') || `docker ${args[0]} failed with exit code ${status}`;
}
