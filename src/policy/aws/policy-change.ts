import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { EnvironmentError, PolicyError } from '../../errors/errors.js';
import { type Caution, type CautionOptions, cautionsOf } from '../cautions.js';
import { onResource, putPolicy } from '../commands.js';
import { hasChanges, type StatementChange } from '../diff.js';
import {
  changesOfMerge,
  changesOfRemoval,
  mergeStatement,
  type ReaderStatement,
  removeStatement,
} from '../merge.js';
import { parsePolicy } from '../parse.js';
import { checkSize, nameOf, policyText } from '../size.js';
import type { PolicyDocument } from '../types.js';
import { assertMayBeDeleted, type PolicyReader, type PolicyStore } from './policy-store.js';

export type Intent = 'apply' | 'remove';

/** What would happen to one policy. Nothing has been written yet. */
export interface PolicyChange<Store extends PolicyReader = PolicyStore> {
  readonly store: Store;
  /** The policy in force, to the letter; undefined when there is none. */
  readonly text: string | undefined;
  /** What it will be; undefined when it will be deleted. */
  readonly after: PolicyDocument | undefined;
  readonly changed: boolean;
  readonly statements: readonly StatementChange[];
  readonly cautions: readonly Caution[];
}

/**
 * Reads the policy in force and works out the new one. It knows only how to read, so it can't write.
 *
 * @throws AccessError, or PolicyError when the policy in force is unusable or the new one too large
 */
export async function planChange<Store extends PolicyReader>(
  store: Store,
  intent: Intent,
  statement: ReaderStatement,
  options: CautionOptions,
): Promise<PolicyChange<Store>> {
  const text = await store.read();
  const kind = store.target === 'key' ? 'key' : 'resource';
  const before = text === undefined ? undefined : parsePolicy(text, { name: nameOf(store), kind });
  const [after, statements] =
    intent === 'apply'
      ? [mergeStatement(before, statement), changesOfMerge(before, statement)]
      : [removeStatement(before, statement), changesOfRemoval(before, statement)];
  const changed = hasChanges(statements);
  if (changed && after) checkSize(after, store.target, nameOf(store));
  if (changed && !after) assertMayBeDeleted(store);
  return {
    store,
    text,
    after,
    changed,
    statements,
    cautions: cautionsOf(after, { ...options, expected: statement }),
  };
}

/** @throws PolicyError when somebody else has changed the policy since it was read */
export async function checkUnchanged({ store, text }: PolicyChange<PolicyReader>): Promise<void> {
  if ((await store.read()) === text) return;
  throw new PolicyError(`${nameOf(store)} was changed by somebody else in the meantime`, {
    remedy:
      'Nothing was written to it. Run the command again: it will start from the policy that is in force then.',
  });
}

/**
 * Puts the new policy in force, if the policy is still the one that was planned with.
 *
 * @param beforeWrite is called once that is known
 * @throws AccessError or PolicyError
 */
export async function writeChange(change: PolicyChange, beforeWrite?: () => void): Promise<void> {
  const { store, after, changed } = change;
  if (!changed) return;
  // As late as can be: AWS would let the last writer win.
  await checkUnchanged(change);
  beforeWrite?.();
  await (after ? store.write(policyText(after)) : store.delete());
}

/**
 * Saves a policy, to the letter, in a new file that only its owner can read.
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
      remedy: 'Nothing was written to AWS. Give a folder that can be written to, with --backup-dir.',
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
