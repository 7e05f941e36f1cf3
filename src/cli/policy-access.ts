import { CautionError } from '../errors/errors.js';
import type { ShareRequest } from '../policy/read-request.js';
import type { Intent } from '../sharing/policy-change.js';
import { isUnusable } from '../sharing/share-notes.js';
import type { SharePlan } from '../sharing/share-plan.js';

/** What a removal ends with where the reader may still read; empty where it may not. */
export function remainingText(intent: Intent, plan: SharePlan, { reader }: ShareRequest): string {
  if (intent === 'apply' || !accessIsInDoubt(intent, plan)) return '';
  return `\n${reader.arn} may still read: see the lines above that begin with "!".\n`;
}

/** @throws CautionError with `strict`, where the reader may be denied, or be allowed more than was asked for, after `apply`, or may still read after `remove` */
export function checkAccess(
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
    { hint: 'The lines that begin with "!" say by what, and what to do about it (--strict).' },
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
