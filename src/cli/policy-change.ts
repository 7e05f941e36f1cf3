import { createKinesisClient, createKmsClient } from '../aws/clients.js';
import { CautionError, PolicyError } from '../errors/errors.js';
import { isUnusable } from '../policy/aws/key-part.js';
import type { Intent } from '../policy/aws/policy-change.js';
import { planShare, type SharePlan } from '../policy/aws/share-plan.js';
import { stepsToOwnKey } from '../policy/commands.js';
import type { ShareRequest } from '../policy/read-request.js';
import type { PolicyTarget } from '../policy/size.js';
import { checkPart, readShare, type ShareOptions } from './policy-options.js';
import { type DIFF_OUTPUTS, elsewhereText, planAsJson, renderPlan, stepsText } from './policy-plan-output.js';
import { reportFailures, type WriteOptions, writeChanges } from './policy-writes.js';

interface CallOptions extends ShareOptions {
  kinesisEndpoint?: string;
  only?: PolicyTarget;
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
      remedy: stepsText(steps).trimEnd(),
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

/** What a removal ends with where the reader may still read; empty where it may not. */
function remainingText(intent: Intent, plan: SharePlan, { reader }: ShareRequest): string {
  if (intent === 'apply' || !accessIsInDoubt(intent, plan)) return '';
  return `\n${reader.arn} may still read: see the lines above that begin with "!".\n`;
}

/**
 * @throws CautionError with `strict`, where the reader may be denied, or be allowed more than was asked for, after `apply`,
 * or may still read after `remove`
 */
function checkAccess(
  intent: Intent,
  plan: SharePlan,
  { reader, stream }: ShareRequest,
  strict: boolean | undefined,
): void {
  if (!strict || !accessIsInDoubt(intent, plan)) return;
  throw new CautionError(
    intent === 'apply'
      ? `the policies may not give ${reader.arn} the access to ${stream.arn} that is asked for`
      : `${reader.arn} may still read ${stream.arn}`,
    { remedy: 'The lines that begin with "!" name the statement and the remedy (--strict).' },
  );
}

function accessIsInDoubt(intent: Intent, { changes, remaining, elsewhere, encryption }: SharePlan): boolean {
  return (
    remaining.length > 0 ||
    // Nobody has looked at that key's policy.
    elsewhere.length > 0 ||
    (intent === 'apply' && isUnusable(encryption)) ||
    changes.some(({ cautions }) => cautions.some(({ rank }) => rank === 'access'))
  );
}
