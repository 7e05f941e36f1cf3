import { PolicyError } from '../errors/errors.js';
import { policyCommand } from '../policy/policy-command.js';
import type { ShareRequest } from '../policy/read-request.js';
import type { PolicyTarget } from '../policy/size.js';
import { checkUnchanged, type Intent, type PolicyChange, writeChange } from '../sharing/policy-change.js';
import { nameOf, type PolicyStore } from '../sharing/policy-store.js';
import { restoreCommand, savePolicy } from '../sharing/saved-policy.js';
import type { PlanFailure } from '../sharing/share-plan.js';
import { waitUntilActive } from '../sharing/wait-until-active.js';
import { confirm } from './confirm.js';

export interface WriteOptions {
  yes?: boolean;
  backupDir: string;
  only?: PolicyTarget;
}

/** Asks, waits until AWS takes the policies, saves what is there, and writes. @throws AccessError or PolicyError */
export async function writeChanges(
  planned: readonly PolicyChange[],
  intent: Intent,
  request: ShareRequest,
  options: WriteOptions,
): Promise<void> {
  await assertWanted(planned, options);
  const deleted = new Set<PolicyStore>();
  await waitUntilActive(
    planned.map(({ store }) => store),
    {
      onWait: (text) => process.stderr.write(`${text}\n`),
      // A reader that is taken out is taken out with it.
      ...(intent === 'remove' && { onDeleting: (store) => deleted.add(store) }),
    },
  );
  for (const store of deleted) print(`\nNot needed: ${nameOf(store)}, which is being deleted\n`);
  const changes = planned.filter(({ store }) => !deleted.has(store));
  // All are looked at and saved before the first is written.
  for (const change of changes) await checkUnchanged(change);
  print('\n');
  for (const change of changes) save(change, options.backupDir);
  // The key first, whose policy is refused most easily: then the rest is not written. Who is taken out loses the stream first.
  const ordered = intent === 'apply' ? changes.toReversed() : changes;
  for (const [index, change] of ordered.entries()) {
    try {
      await writeChange(change);
    } catch (error) {
      for (const { store } of ordered.slice(index)) print(`Not written: ${nameOf(store)}\n`);
      print(`To continue, run again:\n  ${policyCommand(intent, request, options.only)}\n`);
      throw error;
    }
    print(`${change.after ? 'Written' : 'Deleted'}: ${nameOf(change.store)}\n`);
  }
}

/** What could not be worked out, with the command for it. @throws CrossAccountKclError the first of them */
export function reportFailures(failures: readonly PlanFailure[], request: ShareRequest): void {
  for (const { policy, error } of failures) {
    const { target, arn } = policy;
    // By its ARN, so that the stream need not be asked.
    const given = target === 'key' && arn.startsWith('arn:') ? { ...request, key: { arn } } : request;
    print(`Not done: ${error.message}\n`);
    print(`To take the reader out of it too:\n  ${policyCommand('remove', given, target)}\n`);
  }
  for (const { error } of failures) throw error;
}

async function assertWanted(changes: readonly PolicyChange[], { yes }: WriteOptions): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new PolicyError('nothing was written: there is no terminal to confirm on', {
      hint: 'Give --yes to write without being asked, or --dry-run to see what would change.',
    });
  }
  const what = changes.length === 1 ? 'this policy' : `these ${changes.length} policies`;
  if (!(await confirm(`Write ${what}?`))) throw new PolicyError('cancelled: nothing was written');
}

function save({ store, text }: PolicyChange, folder: string): void {
  const path = text === undefined ? undefined : savePolicy(store, text, folder);
  print(
    `${path === undefined ? `There was no policy of the ${store.target} before` : `Saved what was there as ${path}`}; to restore it:\n`,
  );
  print(`  ${restoreCommand(store, path)}\n`);
}

function print(text: string): void {
  process.stdout.write(text);
}
