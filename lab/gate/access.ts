import { unknownText } from '../iam/denial-text.js';
import { denialText, evaluate } from '../iam/evaluate.js';
import type { RequestedAction } from '../iam/request.js';
import {
  type AccessRequest,
  type Decision,
  type Policy,
  PolicyError,
  type Reason,
  type UnknownKey,
} from '../iam/types.js';
import { AwsError } from './aws-error.js';
import type { Circumstances } from './circumstances.js';
import { accountOf, type Identity } from './identities.js';
import { defaultPolicy, type Keys } from './keys.js';
import { parseValidPolicy } from './policy-text.js';
import type { StoredPolicies } from './stored-policies.js';

/** One question that was put to the policies, and the answer. */
export interface AccessDecision {
  /** The operation that was called: `Kinesis_20131202.GetRecords`; it may need several actions. */
  readonly operation: string;
  readonly action: string;
  readonly resource: string;
  readonly caller: string;
  readonly allowed: boolean;
  /** Why not, in AWS's words; with what the lab does not know behind them. */
  readonly denial?: string;
  /** Condition keys that the denial depends on, and that the lab does not know; AWS may have allowed it. */
  readonly unknown?: readonly string[];
}

export interface Denial {
  readonly reason: Reason;
  /** AWS's. */
  readonly text: string;
  /** Undefined if AWS would certainly deny it, too. */
  readonly unknown?: Unknown | undefined;
}

interface Unknown {
  readonly keys: readonly string[];
  readonly text: string;
}

/** @return undefined if it is allowed */
export function denialOf(request: AccessRequest, decision: Decision): Denial | undefined {
  if (decision.allowed) return undefined;
  const { reason, unknown } = decision;
  return { reason, text: denialText(request, reason), unknown: unknown && unknownOf(unknown) };
}

export function unknownOf(unknown: readonly UnknownKey[]): Unknown {
  return { keys: [...new Set(unknown.map(({ key }) => key))], text: unknownText(unknown) };
}

/** The answer to a call that is denied; what the lab does not know is in the message and in a header. */
export function refusal(code: string, denial: Omit<Denial, 'reason'>, status = 400): AwsError {
  const { unknown } = denial;
  // A header takes no other characters.
  const headers = unknown && { 'x-lab-unknown': unknown.text.replace(/[^ -~]/g, '?') };
  return new AwsError(code, fullText(denial), status, headers);
}

const fullText = ({ text, unknown }: Omit<Denial, 'reason'>) =>
  unknown === undefined ? text : `${text} [${unknown.text}]`;

/** The text of the policy that is attached to a stream, consumer or queue, if there is one. */
export type ResourcePolicyOf = (arn: string) => Promise<string | undefined>;

/** The owner must be able to replace or delete a policy that can't be evaluated; the emulator itself stores any. */
const OF_POLICIES = new Set(
  ['GetResourcePolicy', 'PutResourcePolicy', 'DeleteResourcePolicy'].map((name) => `kinesis:${name}`),
);

/** "Cross-account use: No" (KMS API reference), whatever the policies say. */
const WITHIN_ACCOUNT = new Set(['kms:GetKeyPolicy', 'kms:PutKeyPolicy']);

/** Asks the policies of both sides, and tells what they answered. */
export class Access {
  readonly #resourcePolicyOf: ResourcePolicyOf;
  readonly #keys: Keys;
  readonly #stored: StoredPolicies;
  readonly #tell: (decision: AccessDecision) => void;
  readonly circumstances: Circumstances;

  constructor(
    resourcePolicyOf: ResourcePolicyOf,
    keys: Keys,
    stored: StoredPolicies,
    tell: (decision: AccessDecision) => void,
    circumstances: Circumstances,
  ) {
    this.#resourcePolicyOf = resourcePolicyOf;
    this.#keys = keys;
    this.#stored = stored;
    this.#tell = tell;
    this.circumstances = circumstances;
  }

  /** @return what to answer when it is not allowed */
  async ask(operation: string, identity: Identity, asked: RequestedAction): Promise<Denial | undefined> {
    const request = this.circumstances.request(identity, asked);
    const denial = denialOf(request, await this.#decide(request, identity));
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
      ...(denial && { denial: fullText(denial) }),
      ...(denial?.unknown && { unknown: denial.unknown.keys }),
    });
  }

  /** Whether a key's policy would let the caller put the next one; the question is not reported. */
  mayPutAgain(identity: Identity, asked: RequestedAction, keyPolicy: Policy): boolean {
    const request = this.circumstances.request(identity, asked);
    return evaluate(request, { ...this.circumstances.policies(identity, request), key: keyPolicy }).allowed;
  }

  async #decide(request: AccessRequest, identity: Identity): Promise<Decision> {
    const { action, resource } = request;
    const own = this.circumstances.policies(identity, request);
    let decision: Decision;
    try {
      decision = evaluate(request, { ...own, ...(await this.#attached(resource.arn)) });
    } catch (error) {
      if (!(error instanceof PolicyError && OF_POLICIES.has(action))) throw error;
      decision = evaluate(request, own);
    }
    const refused = WITHIN_ACCOUNT.has(action) && resource.account !== accountOf(identity);
    if (!decision.allowed || !refused) return decision;
    return { allowed: false, reason: { kind: 'implicit-deny', policyType: 'resource-based' } };
  }

  async #attached(arn: string): Promise<{ resource?: Policy; key?: Policy }> {
    const service = arn.split(':')[2];
    if (service === 'kms') {
      const key = this.#keys.find(arn);
      // That a key does not exist is told to whom its account would let use one.
      return {
        key: key === undefined ? defaultPolicy(arn.split(':')[4] ?? '') : this.#parse(arn, key.policy, 'key'),
      };
    }
    if (service !== 'kinesis' && service !== 'sqs') return {};
    const policy = await this.#resourcePolicyOf(arn);
    return policy === undefined ? {} : { resource: this.#parse(arn, policy, 'resource-based') };
  }

  /** What was stored past the gate was never checked. */
  #parse(arn: string, text: string, of: 'key' | 'resource-based'): Policy {
    return parseValidPolicy(this.#stored.shown(arn, text), of, `the policy of ${arn}`);
  }
}
