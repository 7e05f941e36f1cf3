import type { AccessDecision } from '../../../lab/gate/gate.js';
import type { Lab } from '../../../lab/lab.js';

interface Trusted {
  /** The account whose principals may assume it. */
  trusts: string;
  externalId?: string;
}

/** A role of the lab that may read every stream of its account. */
export function setStreamRole(lab: Lab, arn: string, { trusts, externalId }: Trusted): void {
  const Condition = { StringEquals: { 'sts:ExternalId': externalId ?? '' } };
  lab.gate.identities.setRole({
    arn,
    policies: [{ Statement: { Effect: 'Allow', Action: 'kinesis:*', Resource: '*' } }],
    trust: {
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: trusts },
        Action: 'sts:AssumeRole',
        ...(externalId !== undefined && { Condition }),
      },
    },
  });
}

/** Notes the roles that are assumed, in order; to be given to startLab(). */
export function noteAssumed(assumed: string[]): { onDecision: (decision: AccessDecision) => void } {
  return {
    onDecision({ action, allowed, resource }) {
      if (action === 'sts:AssumeRole' && allowed) assumed.push(resource);
    },
  };
}
