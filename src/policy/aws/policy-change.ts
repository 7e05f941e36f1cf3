import { PolicyError } from '../../errors/errors.js';
import { type Caution, cautionsOf, type Surroundings } from '../cautions.js';
import { changesOfMerge, changesOfRemoval, hasChanges, type StatementChange } from '../diff.js';
import { mergeStatement, type ReaderStatement, removeStatement } from '../merge.js';
import { parsePolicy } from '../parse.js';
import { checkSize, policyText } from '../size.js';
import type { PolicyDocument } from '../types.js';
import { assertMayBeDeleted, nameOf, type PolicyReader, type PolicyStore } from './policy-store.js';

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
 * Reads the policy in force and works out the new one. Of the store it knows reading alone, so that it can't write.
 *
 * @throws AccessError, or PolicyError when the policy in force is unusable or the new one too large
 */
export async function planChange<Store extends PolicyReader>(
  store: Store,
  intent: Intent,
  statement: ReaderStatement,
  around: Surroundings,
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
    cautions: cautionsOf(after, { ...around, expected: statement }),
  };
}

/** @throws PolicyError when somebody else has changed the policy since it was read */
export async function checkUnchanged({ store, text }: PolicyChange<PolicyReader>): Promise<void> {
  if ((await store.read()) === text) return;
  throw new PolicyError(`${nameOf(store)} was changed by somebody else in the meantime`, {
    hint: 'Nothing was written to it. Run the command again: it will start from the policy that is in force then.',
  });
}

/** Puts the new policy in force, if the old one is still what was planned with. @throws AccessError or PolicyError */
export async function writeChange(change: PolicyChange): Promise<void> {
  const { store, after, changed } = change;
  if (!changed) return;
  // As late as can be: AWS would let the last writer win.
  await checkUnchanged(change);
  await (after ? store.write(policyText(after)) : store.delete());
}
