import { createKinesisClient, createKmsClient } from '../aws/clients.js';
import { PolicyError } from '../errors/errors.js';
import type { ShareRequest } from '../policy/read-request.js';
import { stepsToOwnKey } from '../sharing/move-to-own-key.js';
import { checkUnchanged, type Intent, type PolicyChange, writeChange } from '../sharing/policy-change.js';
import { nameOf } from '../sharing/policy-store.js';
import { restoreCommand, savePolicy } from '../sharing/saved-policy.js';
import { planShare, type SharePlan } from '../sharing/share-plan.js';
import { confirm } from './confirm.js';
import { checkAccess, remainingText } from './policy-access.js';
import { readShare, type ShareOptions } from './policy-options.js';
import { type DIFF_OUTPUTS, planAsJson, renderPlan, stepsText } from './policy-plan-output.js';

export interface DiffOptions extends ShareOptions {
  kinesisEndpoint?: string;
  strict?: boolean;
  output: (typeof DIFF_OUTPUTS)[number];
}

export interface ChangeOptions extends Omit<DiffOptions, 'output'> {
  yes?: boolean;
  dryRun?: boolean;
  backupDir: string;
}

/** Shows what `apply` would do. Writes nothing. */
export async function showDiff(options: DiffOptions): Promise<void> {
  const request = readShare(options);
  const plan = await planned(request, 'apply', options);
  const steps = stepsOf(plan, request);
  print(options.output === 'json' ? planAsJson(plan, steps) : renderPlan(plan, steps));
  checkAccess('apply', plan, request, options.strict);
}

/** Shows what will change, asks, saves what is there, and writes. @throws AccessError or PolicyError */
export async function changePolicies(intent: Intent, options: ChangeOptions): Promise<void> {
  const request = readShare(options);
  const plan = await planned(request, intent, options);
  const steps = intent === 'apply' ? stepsOf(plan, request) : [];
  print(renderPlan(plan, []));
  if (steps.length > 0) {
    throw new PolicyError(`the stream ${request.stream.arn} can't be shared: nothing was written`, {
      hint: stepsText(steps).trimEnd(),
    });
  }
  const changes = plan.changes.filter(({ changed }) => changed);
  if (changes.length === 0) print('\nNothing to change.\n');
  else if (options.dryRun) print('\nNothing was written (--dry-run).\n');
  else await writeAll(changes, intent, options);
  print(remainingText(intent, plan, request));
  checkAccess(intent, plan, request, options.strict);
}

async function writeAll(
  changes: readonly PolicyChange[],
  intent: Intent,
  options: ChangeOptions,
): Promise<void> {
  await assertWanted(changes, options);
  // All are looked at and saved before the first is written.
  for (const change of changes) await checkUnchanged(change);
  print('\n');
  for (const change of changes) save(change, options.backupDir);
  // The key first, whose policy is refused most easily: then the rest is not written. Who is taken out loses the stream first.
  for (const change of intent === 'apply' ? changes.toReversed() : changes) {
    await writeChange(change);
    print(`${change.after ? 'Written' : 'Deleted'}: ${nameOf(change.store)}\n`);
  }
}

async function planned(
  request: ShareRequest,
  intent: Intent,
  { kinesisEndpoint: endpoint }: Pick<DiffOptions, 'kinesisEndpoint'>,
): Promise<SharePlan> {
  const { region } = request.stream;
  const kinesis = createKinesisClient({ region, endpoint });
  const kms = createKmsClient({ region });
  return planShare(request, intent, kinesis, kms);
}

/** With a key given, the stream is on its way to it. */
function stepsOf({ encryption }: SharePlan, request: ShareRequest): string[] {
  if (encryption.kind !== 'aws-managed' || request.key) return [];
  return stepsToOwnKey(request, encryption.retentionHours);
}

async function assertWanted(changes: readonly PolicyChange[], { yes }: ChangeOptions): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new PolicyError('nothing was written: nobody is there to be asked', {
      hint: 'Give --yes to write without being asked, or --dry-run to see what would change.',
    });
  }
  const what = changes.length === 1 ? 'this policy' : `these ${changes.length} policies`;
  if (!(await confirm(`Write ${what}?`))) throw new PolicyError('nothing was written, as you said');
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
