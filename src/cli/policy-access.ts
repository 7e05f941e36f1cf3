import { CautionError } from '../errors/errors.js';
import type { ShareRequest } from '../policy/read-request.js';
import type { Intent } from '../sharing/policy-change.js';
import type { SharePlan } from '../sharing/share-plan.js';

/** What a removal ends with where the reader may still read; empty where it may not. */
export function remainingText(intent: Intent, plan: SharePlan, { reader }: ShareRequest): string {
  if (intent === 'apply' || !accessIsInDoubt(plan)) return '';
  return `\n${reader.arn} may still read: see the lines above that begin with "!".\n`;
}

/** @throws CautionError with `strict`, where the reader may be denied after `apply`, or may still read after `remove` */
export function checkAccess(
  intent: Intent,
  plan: SharePlan,
  { reader, stream }: ShareRequest,
  strict: boolean | undefined,
): void {
  if (!strict || !accessIsInDoubt(plan)) return;
  throw new CautionError(
    intent === 'apply'
      ? `the policies may keep ${reader.arn} from reading ${stream.arn}`
      : `${reader.arn} may still read ${stream.arn}`,
    { hint: 'The lines that begin with "!" name the statement and the remedy (--strict).' },
  );
}

function accessIsInDoubt({ changes, remaining }: SharePlan): boolean {
  return (
    remaining.length > 0 || changes.some(({ cautions }) => cautions.some(({ rank }) => rank === 'access'))
  );
}
