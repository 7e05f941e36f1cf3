import type { FixedBy } from './known-error.js';

/** What AWS's text says of a denial ("Troubleshoot access denied error messages", IAM User Guide). */
export interface DenialReason {
  /** As AWS names it: `identity-based policy`; undefined where the text names none. */
  readonly policy: string | undefined;
  /** A Deny that wins over every Allow, so that no statement that is added helps. */
  readonly explicit: boolean;
  readonly fixedBy: FixedBy;
  /** The ARN of the policy that denies: AWS adds it within an account or an organization. */
  readonly policyArn?: string;
  /** With it IAM's GetRequestAuthorizationDetails lists what was evaluated. */
  readonly authorizationId?: string;
}

const IMPLICIT = /because no (.+?) allows the /;
/** Older texts name no policy. More text may follow: the policy's ARN, an encoded message, an authorization ID. */
const EXPLICIT = /with an explicit deny(?: in (?:an?|the) (.*?(?:policy|boundary))\b(?:: (arn:[^\s,)]+))?)?/;
/** KMS names three reasons, all of them at the key, and not which it is. */
const OF_RESOURCE = /because the resource does not exist in this Region, no resource-based polic/;
const AUTHORIZATION_ID = /with the following authorization id: (\w+)/i;
/**
 * Attached to the stream, its consumer or its key, or put over them by the owner's organization; all the others are
 * attached in the caller's account.
 */
const OF_OWNER = /resource-based policy|resource control policy/;

/** @param message of an error; AWS writes it in English only */
export function readDenial(message: string): DenialReason {
  // Messages that were pasted or logged may be wrapped.
  const text = message.replaceAll(/\s+/g, ' ');
  const explicit = EXPLICIT.exec(text);
  const implicit = OF_RESOURCE.test(text) ? 'resource-based policy' : IMPLICIT.exec(text)?.[1];
  const policy = explicit ? explicit[1] : implicit;
  const policyArn = explicit?.[2]?.replace(/[.;]$/, '');
  const authorizationId = AUTHORIZATION_ID.exec(text)?.[1];
  return {
    policy,
    explicit: explicit !== null,
    fixedBy: policy === undefined ? 'both' : OF_OWNER.test(policy) ? 'stream owner' : 'reader',
    ...(policyArn && { policyArn }),
    ...(authorizationId && { authorizationId }),
  };
}
