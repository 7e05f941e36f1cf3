import { denialText, evaluate } from '../iam/evaluate.js';
import type { RequestedAction } from '../iam/request.js';
import type { AccessRequest, Policy, Reason } from '../iam/types.js';
import type { Identity } from './identities.js';
import { defaultPolicy, type Keys } from './keys.js';
import { parsePolicy } from './policy-text.js';

/** One question that was put to the policies, and the answer. */
export interface AccessDecision {
  /** The operation that was called: `Kinesis_20131202.GetRecords`; it may need several actions. */
  readonly operation: string;
  readonly action: string;
  readonly resource: string;
  readonly caller: string;
  readonly allowed: boolean;
  /** Why not, in AWS's words. */
  readonly denial?: string;
}

export interface Denial {
  readonly reason: Reason;
  readonly text: string;
}

/** The text of the policy that is attached to a stream, consumer or queue, if there is one. */
export type ResourcePolicyOf = (arn: string) => Promise<string | undefined>;

/** Asks the policies of both sides, and tells what they answered. */
export class Access {
  readonly #resourcePolicyOf: ResourcePolicyOf;
  readonly #keys: Keys;
  readonly #tell: (decision: AccessDecision) => void;

  constructor(resourcePolicyOf: ResourcePolicyOf, keys: Keys, tell: (decision: AccessDecision) => void) {
    this.#resourcePolicyOf = resourcePolicyOf;
    this.#keys = keys;
    this.#tell = tell;
  }

  /** @return what to answer when it is not allowed */
  async ask(operation: string, identity: Identity, asked: RequestedAction): Promise<Denial | undefined> {
    const request: AccessRequest = { caller: identity.caller, ...asked };
    const decision = evaluate(request, {
      identity: identity.policies,
      ...identity.limits,
      ...(await this.#attached(asked.resource.arn)),
    });
    const denial = decision.allowed
      ? undefined
      : { reason: decision.reason, text: denialText(request, decision.reason) };
    this.note(operation, request, denial);
    return denial;
  }

  note(operation: string, { caller, action, resource }: AccessRequest, denial?: Denial): void {
    this.#tell({
      operation,
      action,
      resource: resource.arn,
      caller:
        caller.type === 'root' ? caller.account : caller.type === 'session' ? caller.roleArn : caller.arn,
      allowed: denial === undefined,
      ...(denial && { denial: denial.text }),
    });
  }

  async #attached(arn: string): Promise<{ resource?: Policy; key?: Policy }> {
    const service = arn.split(':')[2];
    if (service === 'kms') {
      const key = this.#keys.find(arn);
      // That a key does not exist is told to whom its account would let use one.
      return {
        key:
          key === undefined
            ? defaultPolicy(arn.split(':')[4] ?? '')
            : parsePolicy(key.policy, `the policy of ${arn}`),
      };
    }
    if (service !== 'kinesis' && service !== 'sqs') return {};
    const policy = await this.#resourcePolicyOf(arn);
    return policy === undefined ? {} : { resource: parsePolicy(policy, `the policy of ${arn}`) };
  }
}
