import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { EnvironmentError } from '../../errors/errors.js';
import { onResource, putPolicy } from '../merge-commands.js';
import { nameOf, type PolicyReader } from './policy-store.js';

/**
 * Saves a policy, to the letter, in a new file that its owner alone can read.
 *
 * @returns the file's path
 * @throws EnvironmentError
 */
export function savePolicy(store: PolicyReader, text: string, folder: string, now = new Date()): string {
  const name = store.arn
    .split(':')
    .slice(5)
    .join(':')
    .replaceAll(/[^\w.-]+/g, '-')
    // A file's name may have 255 bytes.
    .slice(0, 200);
  const path = resolve(folder, `policy-${name}-${now.toISOString().replaceAll(/[:.]/g, '-')}.json`);
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw new EnvironmentError(`${nameOf(store)} can't be saved: ${(cause as Error).message}`, {
      hint: 'Nothing was written to AWS. Give a folder that can be written to, with --backup-dir.',
      cause,
    });
  }
  return path;
}

/** The command that puts back what was there. @param path of the saved policy; undefined if there was none */
export function restoreCommand(store: PolicyReader, path: string | undefined): string {
  if (path === undefined) return onResource(store, 'delete');
  return putPolicy(store, `file://${path}`);
}
