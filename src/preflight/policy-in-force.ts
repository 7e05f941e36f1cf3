import { cautionsOf } from '../policy/cautions.js';
import { hasChanges } from '../policy/diff.js';
import { grantByOwner } from '../policy/grants.js';
import { changesOfMerge } from '../policy/merge.js';
import { ownerParts } from '../policy/owner-parts.js';
import { parsePolicy } from '../policy/parse.js';
import type { ReadRequest } from '../policy/read-request.js';
import { withoutDenied } from '../policy/reader-access.js';
import { statementName } from '../policy/sids.js';
import type { Lack } from './denial.js';
import { withKey } from './stream-key.js';

/** A policy on the owner's side, and what it says of an action that was denied. */
export interface PolicyInForce {
  readonly policy: 'stream' | 'consumer' | 'key';
  /** The ARN of what has the policy. */
  readonly attachedTo: string;
  /** Whether the reader's statement is in it. */
  readonly hasStatement: boolean;
  /** Whether it denies the action to every call of the reader, or to some. */
  readonly denies: 'always' | 'sometimes' | 'never';
  /** What in it denies the action to the reader or limits what it allows, as `policy diff` says it. */
  readonly cautions: readonly string[];
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
  const share = lack.action.startsWith('kms:') ? withKey(request, lack.resource) : request;
  const { stream, key, reader } = share;
  const part = ownerParts(share, grantByOwner(share)).find(({ place }) => place.arn === lack.resource);
  // KMS gives a key's policy to the key's own account only.
  if (!part || (part.place.target === 'key' && key?.account !== reader.account)) return undefined;
  const { statement: expected, place } = part;
  const [policy, attachedTo] = [place.target, lack.resource];
  try {
    const text = await read(policy, attachedTo);
    const kind = policy === 'key' ? 'key' : 'resource';
    const document = text === undefined ? undefined : parsePolicy(text, { kind });
    const decryptsFor = policy === 'key' ? stream : undefined;
    const access = { reader, actions: [lack.action], resource: attachedTo, decryptsFor };
    const cautions = cautionsOf(document, { ...access, owner: '', expected });
    const always = withoutDenied(document?.Statement ?? [], access).actions.length === 0;
    const some = cautions.some(({ code }) => code === 'deny');
    return {
      policy,
      attachedTo,
      hasStatement: !hasChanges(changesOfMerge(document, expected)),
      denies: always ? 'always' : some ? 'sometimes' : 'never',
      cautions: cautions.flatMap(({ rank, code, statement, message }) => {
        const one = document?.Statement[statement - 1];
        const counts = rank === 'access' || code === 'condition-kept';
        return counts && one ? [`${statementName(one, statement, true)} ${message}`] : [];
      }),
    };
  } catch {
    // Mostly "access denied", which is usual here: the report lists how the owner looks at the policy.
    return undefined;
  }
}
