import type { PolicyTarget } from '../policy/size.js';

/** Where a policy is kept. AWS has no conditional write: whoever writes last wins. */
export interface PolicyStore {
  readonly target: PolicyTarget;
  /** Of what the policy is attached to. */
  readonly arn: string;
  readonly region: string;
  /** @returns undefined when there is none @throws AccessError, also when what it is attached to is missing */
  read(): Promise<string | undefined>;
  /** Replaces the whole policy. @throws AccessError */
  write(text: string): Promise<void>;
  /** Leaves none. @throws AccessError, or PolicyError where there must be one */
  delete(): Promise<void>;
}

/** How long a call may take, retries included. */
export const CALL_TIMEOUT_MS = 15_000;

/** As the messages speak of it. */
export function nameOf({ target, arn }: Pick<PolicyStore, 'target' | 'arn'>): string {
  return `the policy of the ${target} ${arn}`;
}
