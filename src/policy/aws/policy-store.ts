import { PolicyError } from '../../errors/errors.js';
import type { PolicyTarget } from '../size.js';

/** A policy in force. A plan is made with no more than this. */
export interface PolicyReader {
  readonly target: PolicyTarget;
  /** Of what the policy is attached to. */
  readonly arn: string;
  readonly region: string;
  /** @returns undefined when there is none @throws AccessError, also when what it is attached to is missing */
  read(): Promise<string | undefined>;
}

/** Where a policy is kept. AWS has no conditional write: the last writer wins. */
export interface PolicyStore extends PolicyReader {
  /** Replaces the whole policy. @throws AccessError */
  write(text: string): Promise<void>;
  /** The status of what it is attached to, where that has one: AWS takes and deletes a policy only while it is ACTIVE. @throws AccessError */
  status?(): Promise<string | undefined>;
  /** Leaves none. @throws AccessError, or PolicyError for a key, which must have one */
  delete(): Promise<void>;
}

/** How long a call may take, retries included. */
export const CALL_TIMEOUT_MS = 15_000;

/** @throws PolicyError for a key: one without a policy could not be used, nor changed, by anybody */
export function assertMayBeDeleted(policy: Pick<PolicyReader, 'target' | 'arn'>): void {
  if (policy.target !== 'key') return;
  throw new PolicyError(`${nameOf(policy)} would have no statement left, and a key must have one`);
}

/** As the messages speak of it. */
export function nameOf({ target, arn }: Pick<PolicyReader, 'target' | 'arn'>): string {
  return `the policy of the ${target} ${arn}`;
}
