import { AccessError, PolicyError } from '../errors/errors.js';
import {
  checkUnchanged,
  type Intent,
  type PolicyChange,
  restoreCommand,
  savePolicy,
  writeChange,
} from '../policy/aws/policy-change.js';
import type { PlanFailure } from '../policy/aws/share-plan.js';
import { waitUntilActive } from '../policy/aws/wait-until-active.js';
import { policyCommand } from '../policy/commands.js';
import type { ShareRequest } from '../policy/read-request.js';
import type { PolicyTarget } from '../policy/size.js';
import { nameOf } from '../policy/size.js';
import { confirm } from './confirm.js';

export interface WriteOptions {
  yes?: boolean;
  backupDir: string;
  only?: PolicyTarget;
}

/**
 * Asks, waits until AWS accepts the policies, saves those in force, and writes. With `remove` a policy that can't be written keeps
 * the reader in no other one.
 *
 * @returns what was not removed
 * @throws AccessError or PolicyError
 */
export async function writeChanges(
  planned: readonly PolicyChange[],
  intent: Intent,
  request: ShareRequest,
  options: WriteOptions,
): Promise<PlanFailure[]> {
  await assertWanted(planned, options);
  const onWait = (text: string) => process.stderr.write(`${text}\n`);
  if (intent === 'remove') return removeChanges(planned, options, onWait);
  await waitUntilActive(
    planned.map(({ store }) => store),
    { onWait },
  );
  // All are looked at and saved before the first is written.
  for (const change of planned) await checkUnchanged(change);
  print('\n');
  for (const change of planned) save(change, options.backupDir);
  // The key first, whose policy is refused most easily: then the rest is not written.
  const ordered = planned.toReversed();
  for (const [index, change] of ordered.entries()) {
    try {
      await write(change);
    } catch (error) {
      for (const { store } of ordered.slice(index)) print(`Not written: ${nameOf(store)}\n`);
      print(`To continue, run again:\n  ${policyCommand(intent, request, options.only)}\n`);
      throw error;
    }
  }
  return [];
}

/** Each by itself. The stream first, without which the others are of no use to the reader. */
async function removeChanges(
  planned: readonly PolicyChange[],
  { backupDir }: WriteOptions,
  onWait: (text: string) => void,
): Promise<PlanFailure[]> {
  const failures: PlanFailure[] = [];
  print('\n');
  for (const change of planned) {
    const { store } = change;
    let deleting = false;
    try {
      await waitUntilActive([store], {
        onWait,
        // A reader that is taken out is taken out with it.
        onDeleting: () => {
          deleting = true;
        },
        onUnknown: (_store, { message }) =>
          onWait(
            `the status of the ${store.target} is unknown, so its policy is changed without waiting: ${message}`,
          ),
      });
      if (deleting) {
        print(`Not needed: ${nameOf(store)}, which is being deleted\n`);
        continue;
      }
      await write(change, () => save(change, backupDir));
    } catch (error) {
      if (!(error instanceof AccessError || error instanceof PolicyError)) throw error;
      failures.push({ policy: store, error });
    }
  }
  return failures;
}

async function write(change: PolicyChange, beforeWrite?: () => void): Promise<void> {
  await writeChange(change, beforeWrite);
  print(`${change.after ? 'Written' : 'Deleted'}: ${nameOf(change.store)}\n`);
}

/** What could not be worked out or written, with the command for it. @throws CrossAccountKclError the first of them */
export function reportFailures(failures: readonly PlanFailure[], request: ShareRequest): void {
  for (const { policy, error } of failures) {
    const { target, arn } = policy;
    // By its ARN, so that the stream need not be asked.
    const given = target === 'key' && arn.startsWith('arn:') ? { ...request, key: { arn } } : request;
    print(`Not done: ${error.message}\n`);
    print(`To remove the reader from it too:\n  ${policyCommand('remove', given, target)}\n`);
  }
  for (const { error } of failures) throw error;
}

async function assertWanted(changes: readonly PolicyChange[], { yes }: WriteOptions): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new PolicyError('nothing was written: there is no terminal to confirm on', {
      remedy: 'Give --yes to write without being asked, or --dry-run to see what would change.',
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
