import type { FixedBy } from './check.js';

/** What AWS's text says of a denial ("Troubleshoot access denied error messages", IAM User Guide). */
export interface Denial {
  /** As AWS names it: `identity-based policy`; undefined where the text gives no reason. */
  readonly policy: string | undefined;
  /** A Deny that wins over every Allow, so that no statement that is added helps. */
  readonly explicit: boolean;
  readonly fixedBy: FixedBy;
}

const IMPLICIT = /because no (.+?) allows the /;
const EXPLICIT = /with an explicit deny in (?:an?|the) (.+?)(?:: arn:\S+)?\.?$/;
/**
 * Attached to the stream, its consumer or its key, or put over them by the owner's organization; all the others are
 * attached in the caller's account.
 */
const OF_OWNER = /resource-based policy|resource control policy/;

export function readDenial(text: string): Denial {
  const [, denying] = EXPLICIT.exec(text) ?? [];
  const policy = denying ?? IMPLICIT.exec(text)?.[1];
  return {
    policy,
    explicit: denying !== undefined,
    fixedBy: policy === undefined ? 'both' : OF_OWNER.test(policy) ? 'stream owner' : 'reader',
  };
}
