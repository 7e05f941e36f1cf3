import { deniedActions } from '../policy/denials.js';
import { diffPolicies, hasChanges } from '../policy/diff.js';
import { grantByOwner } from '../policy/grants.js';
import { mergeStatement } from '../policy/merge.js';
import { parsePolicy } from '../policy/parse.js';
import type { ReadRequest } from '../policy/read-request.js';
import type { Condition, Statement } from '../policy/types.js';
import type { Lack } from './lack.js';
import { withKey } from './stream-key.js';

/** A policy on the owner's side, and what it says of an action that was denied. */
export interface PolicyInForce {
  readonly policy: 'stream' | 'consumer' | 'key';
  /** The ARN of what has the policy. */
  readonly attachedTo: string;
  /** Whether the reader's statement is in it. */
  readonly hasStatement: boolean;
  /** Of that statement. */
  readonly condition: Condition | undefined;
  /** The statements that deny the action to the reader. */
  readonly denies: readonly Denying[];
}

export interface Denying {
  /** Its place in the policy, from 1. */
  readonly place: number;
  readonly sid: string | undefined;
  /** It denies only while this holds. */
  readonly condition: Condition | undefined;
}

/** Reads the text of a policy; undefined if there is none. */
export type ReadPolicy = (policy: PolicyInForce['policy'], attachedTo: string) => Promise<string | undefined>;

/**
 * Reads the policy that may deny the action, if these credentials may: those of the owner may, and those of a reader whom
 * the policy allows it. Undefined if they may not, or the policy can't be understood: the owner can look.
 */
export async function readPolicyInForce(
  lack: Lack,
  request: ReadRequest,
  read: ReadPolicy,
): Promise<PolicyInForce | undefined> {
  const subject = subjectOf(lack, request);
  if (subject === undefined) return undefined;
  try {
    const { statement, policy, attachedTo } = subject;
    const text = await read(policy, attachedTo);
    const before = text === undefined ? undefined : parsePolicy(text);
    const { Sid = '' } = statement;
    return {
      policy,
      attachedTo,
      hasStatement: !hasChanges(diffPolicies(before, mergeStatement(before, statement))),
      condition: before?.Statement.find((one) => one.Sid?.startsWith(Sid))?.Condition,
      denies: (before?.Statement ?? []).flatMap((one, index) => {
        const access = { reader: request.reader, actions: [lack.action], resource: attachedTo };
        const denied = deniedActions(one, access).length > 0;
        return denied ? [{ place: index + 1, sid: one.Sid, condition: one.Condition }] : [];
      }),
    };
  } catch {
    // Mostly "access denied", which is usual here: the report lists how the owner looks at the policy.
    return undefined;
  }
}

interface PolicySubject {
  readonly policy: PolicyInForce['policy'];
  readonly attachedTo: string;
  /** The reader's. */
  readonly statement: Statement;
}

function subjectOf({ action, resource }: Lack, request: ReadRequest): PolicySubject | undefined {
  if (action.startsWith('kms:')) {
    const { key, ...share } = withKey(request, resource);
    const { keyPolicyStatement: statement } = grantByOwner({ ...share, key });
    // KMS gives a key's policy to the key's own account only. An alias is no name for it there.
    const readable = key?.arn === resource && key.account === request.reader.account;
    return readable && statement ? { policy: 'key', attachedTo: resource, statement } : undefined;
  }
  const { streamPolicy, consumerPolicy } = grantByOwner(request);
  if (resource === request.stream.arn) {
    return { policy: 'stream', attachedTo: resource, statement: streamPolicy.Statement[0] };
  }
  return consumerPolicy && resource === request.consumer?.arn
    ? { policy: 'consumer', attachedTo: resource, statement: consumerPolicy.Statement[0] }
    : undefined;
}
