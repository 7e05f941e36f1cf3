import { unknownText } from '../iam/denial-text.js';
import { denialText, evaluate } from '../iam/evaluate.js';
import type { RequestedAction } from '../iam/request.js';
import type { AccessRequest, Decision, Policy, Reason, UnknownKey } from '../iam/types.js';
import { AwsError } from './aws-error.js';
import type { Circumstances } from './circumstances.js';
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

/** Asks the policies of both sides, and tells what they answered. */
export class Access {
  readonly #resourcePolicyOf: ResourcePolicyOf;
  readonly #keys: Keys;
  readonly #tell: (decision: AccessDecision) => void;
  readonly circumstances: Circumstances;

  constructor(
    resourcePolicyOf: ResourcePolicyOf,
    keys: Keys,
    tell: (decision: AccessDecision) => void,
    circumstances: Circumstances,
  ) {
    this.#resourcePolicyOf = resourcePolicyOf;
    this.#keys = keys;
    this.#tell = tell;
    this.circumstances = circumstances;
  }

  /** @return what to answer when it is not allowed */
  async ask(operation: string, identity: Identity, asked: RequestedAction): Promise<Denial | undefined> {
    const request = this.circumstances.request(identity, asked);
    const decision = evaluate(request, {
      ...this.circumstances.policies(identity, request),
      ...(await this.#attached(asked.resource.arn)),
    });
    const denial = denialOf(request, decision);
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
