import { GetResourcePolicyCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { GetKeyPolicyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { deadlineSignal } from '../errors/time-limit.js';
import { cautionsOf } from '../policy/cautions.js';
import { hasChanges } from '../policy/diff.js';
import { grantByOwner } from '../policy/grants.js';
import { changesOfMerge } from '../policy/merge.js';
import { ownerParts } from '../policy/owner-parts.js';
import { parsePolicy } from '../policy/parse.js';
import type { ReadRequest } from '../policy/read-request.js';
import { withoutDenied } from '../policy/reader-access.js';
import { statementName } from '../policy/sids.js';
import { type DeniedAction, ownerOfKey, type PolicyInForce } from './failure.js';
import { alwaysDenied } from './remedy.js';
import type { Subject } from './report.js';
import type { Finding } from './runner.js';
import { withKey } from './stream-key.js';

interface PolicyClients {
  readonly kinesis: KinesisClient;
  readonly kms: KMSClient;
}

/** For all of them: a second opinion must not make the report late. */
const LIMIT_MS = 4_000;

/**
 * The findings; to those that a policy of the owner's may have denied it adds what that policy says, as far as these
 * credentials may read it. Nothing is called where no check failed for that.
 */
export async function withPoliciesInForce(
  findings: readonly Finding[],
  subjectOf: (finding: Finding) => Subject,
  clients: PolicyClients,
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const read = readOnce(clients, signal);
  return await Promise.all(
    findings.map(async (finding) => {
      const { status, denied } = finding;
      if (status !== 'failed' || denied === undefined || !mayBeInPolicy(denied)) return finding;
      const { request } = subjectOf(finding);
      if (request === undefined) return finding;
      const inForce = await readPolicyInForce(denied, request, read);
      if (inForce === undefined) return finding;
      const known = { ...denied, inForce };
      if (!alwaysDenied(known)) return { ...finding, denied: known };
      const [, , , , account = ''] = denied.resource.split(':');
      return { ...finding, denied: known, fixedBy: ownerOfKey({ account }, request.stream) };
    }),
  );
}

/** Where AWS gives no reason, and where it says that such a policy has a Deny, and not which statement it is. */
function mayBeInPolicy({ denial: { policy, explicit } }: DeniedAction): boolean {
  return policy === undefined || (explicit && policy === 'resource-based policy');
}

/** Several checks may be about one policy. */
function readOnce({ kinesis, kms }: PolicyClients, signal: AbortSignal | undefined): ReadPolicy {
  const options = () => ({ abortSignal: deadlineSignal(LIMIT_MS, signal) });
  const texts = new Map<string, Promise<string | undefined>>();
  const read: ReadPolicy = async (policy, attachedTo) => {
    const { Policy: text = '' } =
      policy === 'key'
        ? await kms.send(new GetKeyPolicyCommand({ KeyId: attachedTo, PolicyName: 'default' }), options())
        : await kinesis.send(new GetResourcePolicyCommand({ ResourceARN: attachedTo }), options());
    return text.trim() === '' || text.trim() === '{}' ? undefined : text;
  };
  return (policy, attachedTo) => {
    const text = texts.get(attachedTo) ?? read(policy, attachedTo);
    texts.set(attachedTo, text);
    return text;
  };
}

/** Reads the text of a policy; undefined if there is none. */
type ReadPolicy = (policy: PolicyInForce['policy'], attachedTo: string) => Promise<string | undefined>;

/**
 * Reads the policy that may deny the action, if these credentials may: those of the owner may, and those of a reader whom
 * the policy allows it. Undefined if they may not, or the policy can't be understood: the owner can look.
 */
async function readPolicyInForce(
  denied: DeniedAction,
  request: ReadRequest,
  read: ReadPolicy,
): Promise<PolicyInForce | undefined> {
  const share = denied.action.startsWith('kms:') ? withKey(request, denied.resource) : request;
  const { stream, key, reader } = share;
  const part = ownerParts(share, grantByOwner(share)).find(({ place }) => place.arn === denied.resource);
  // KMS gives a key's policy to the key's own account only.
  if (!part || (part.place.target === 'key' && key?.account !== reader.account)) return undefined;
  const { statement: expected, place } = part;
  const [policy, attachedTo] = [place.target, denied.resource];
  try {
    const text = await read(policy, attachedTo);
    const kind = policy === 'key' ? 'key' : 'resource';
    const document = text === undefined ? undefined : parsePolicy(text, { kind });
    const decryptsFor = policy === 'key' ? stream : undefined;
    const access = { reader, actions: [denied.action], resource: attachedTo, decryptsFor };
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
