import { constants, rmSync } from 'node:fs';
import { access, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError } from '../errors/errors.js';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with a zero at its end. */
const MAX_SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;

/** The private directory of one run: the sockets, and the properties for the launcher, which may hold credentials. */
export interface RunDirectory {
  readonly socketPath: string;
  /** Of the socket that gives credentials. */
  readonly credentialsSocketPath: string;
  writeProperties(text: string): Promise<string>;
  remove(): Promise<void>;
}

/**
 * It is removed with the process at the latest, unless that ends by a signal that it does not listen for.
 *
 * @throws EnvironmentError if the directory can't be made, or a socket in it would have too long a path
 */
export async function makeRunDirectory(parent: string): Promise<RunDirectory> {
  checkSocketPath(parent);
  let directory: string;
  try {
    directory = await mkdtemp(path.join(path.resolve(parent), 'cross-account-kcl-'));
    await chmod(directory, 0o700);
  } catch (cause) {
    throw noDirectory(parent, cause as Error);
  }
  const removeAtOnce = () => rmSync(directory, { recursive: true, force: true });
  // An end by a signal or a time limit waits for nothing, and its properties may hold the password of a proxy.
  process.once('exit', removeAtOnce);
  return {
    socketPath: path.join(directory, 'host.sock'),
    credentialsSocketPath: path.join(directory, 'aws.sock'), // no longer than the other
    async writeProperties(text) {
      const file = path.join(directory, 'kcl.properties');
      await writeFile(file, text, { mode: 0o600 });
      return file;
    },
    async remove() {
      await rm(directory, { recursive: true, force: true });
      process.removeListener('exit', removeAtOnce);
    },
  };
}

/**
 * Whether it could be made, without making it.
 *
 * @throws EnvironmentError as makeRunDirectory does
 */
export async function checkRunDirectory(parent: string): Promise<void> {
  checkSocketPath(parent);
  try {
    // With a slash at the end a file is none.
    await access(`${path.resolve(parent)}${path.sep}`, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw noDirectory(parent, cause as Error);
  }
}

/** @throws EnvironmentError */
function checkSocketPath(parent: string): void {
  const longest = path.join(path.resolve(parent), 'cross-account-kcl-XXXXXX', 'host.sock');
  const bytes = Buffer.byteLength(longest);
  if (bytes <= MAX_SOCKET_PATH_BYTES) return;
  throw new EnvironmentError(
    `the socket's path would have ${bytes} bytes, and the system allows ${MAX_SOCKET_PATH_BYTES}: ${longest}`,
    { remedy: 'Set runDirectory (RUN_DIRECTORY, --run-directory) to a directory with a shorter path.' },
  );
}

function noDirectory(parent: string, cause: Error): EnvironmentError {
  return new EnvironmentError(`no directory can be made in ${parent}: ${cause.message}`, {
    remedy: 'Set runDirectory (RUN_DIRECTORY, --run-directory) to a directory that this user can write to.',
    cause,
  });
}
