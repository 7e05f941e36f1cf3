import { createKinesisClient, createKmsClient } from '../aws/clients.js';
import { PolicyError } from '../errors/errors.js';
import type { ShareRequest } from '../policy/read-request.js';
import { stepsToOwnKey } from '../sharing/move-to-own-key.js';
import type { Intent } from '../sharing/policy-change.js';
import { planShare, type SharePlan } from '../sharing/share-plan.js';
import { checkAccess, remainingText } from './policy-access.js';
import { elsewhereText } from './policy-elsewhere-output.js';
import { readShare, type ShareOptions } from './policy-options.js';
import { checkPart, type OwnerPart } from './policy-parts.js';
import { type DIFF_OUTPUTS, planAsJson, renderPlan, stepsText } from './policy-plan-output.js';
import { reportFailures, type WriteOptions, writeChanges } from './policy-writes.js';

interface CallOptions extends ShareOptions {
  kinesisEndpoint?: string;
  only?: OwnerPart;
  strict?: boolean;
}

export interface DiffOptions extends CallOptions {
  output: (typeof DIFF_OUTPUTS)[number];
  exitCode?: boolean;
}

export interface ChangeOptions extends CallOptions, WriteOptions {
  dryRun?: boolean;
}

/**
 * Shows what `apply` would do, as far as it can be read. Writes nothing.
 *
 * @returns whether `apply` would change something, or refuse to
 * @throws AccessError or PolicyError, after what could be read is shown
 */
export async function showDiff(options: DiffOptions): Promise<boolean> {
  const request = readShare(options);
  const plan = await planned(request, 'apply', { ...options, collectFailures: true });
  const steps = stepsOf(plan, request);
  print(
    options.output === 'json'
      ? planAsJson(plan, steps)
      : `${renderPlan(plan, steps)}${elsewhereText(plan.elsewhere, 'apply')}`,
  );
  for (const { error } of plan.failures) throw error;
  checkAccess('apply', plan, request, options.strict);
  return steps.length > 0 || plan.changes.some(({ changed }) => changed);
}

/** Shows what will change, asks, saves what is there, and writes. @throws AccessError or PolicyError */
export async function changePolicies(intent: Intent, options: ChangeOptions): Promise<void> {
  const request = readShare(options);
  const plan = await planned(request, intent, { ...options, collectFailures: intent === 'remove' });
  const steps = intent === 'apply' ? stepsOf(plan, request) : [];
  print(renderPlan(plan, []));
  if (steps.length > 0) {
    throw new PolicyError(`the stream ${request.stream.arn} can't be shared: nothing was written`, {
      hint: stepsText(steps).trimEnd(),
    });
  }
  print(elsewhereText(plan.elsewhere, intent));
  const changes = plan.changes.filter(({ changed }) => changed);
  const failures = [...plan.failures];
  if (options.dryRun && changes.length > 0) print('\nNothing was written (--dry-run).\n');
  else if (changes.length > 0) failures.push(...(await writeChanges(changes, intent, request, options)));
  else if (plan.elsewhere.length > 0) print(`\nNothing to change in account ${request.stream.account}.\n`);
  else if (plan.failures.length === 0) print('\nNothing to change.\n');
  print(remainingText(intent, plan, request));
  reportFailures(failures, request);
  checkAccess(intent, plan, request, options.strict);
}

async function planned(
  request: ShareRequest,
  intent: Intent,
  { kinesisEndpoint: endpoint, only, collectFailures }: CallOptions & { collectFailures: boolean },
): Promise<SharePlan> {
  checkPart(only, request);
  const { region } = request.stream;
  const kinesis = createKinesisClient({ region, endpoint });
  const kms = createKmsClient({ region });
  return planShare(request, intent, kinesis, kms, { only, collectFailures });
}

/** With a key given, the stream is on its way to it. */
function stepsOf({ encryption }: SharePlan, request: ShareRequest): string[] {
  if (encryption.kind !== 'aws-managed' || request.key) return [];
  return stepsToOwnKey(request, encryption.retentionHours);
}

function print(text: string): void {
  process.stdout.write(text);
}
