import { GetResourcePolicyCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { GetKeyPolicyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { type Lack, ownerOfKey } from './denial.js';
import { deadlineSignal } from '../errors/time-limit.js';
import { type ReadPolicy, readPolicyInForce } from './policy-in-force.js';
import { alwaysDenied } from './remedy.js';
import type { Subject } from './report.js';
import type { Finding } from './runner.js';

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
      const { status, lack } = finding;
      if (status !== 'failed' || lack === undefined || !mayBeInPolicy(lack)) return finding;
      const { request } = subjectOf(finding);
      if (request === undefined) return finding;
      const inForce = await readPolicyInForce(lack, request, read);
      if (inForce === undefined) return finding;
      const known = { ...lack, inForce };
      if (!alwaysDenied(known)) return { ...finding, lack: known };
      const [, , , , account = ''] = lack.resource.split(':');
      return { ...finding, lack: known, fixedBy: ownerOfKey({ account }, request.stream) };
    }),
  );
}

/** Where AWS gives no reason, and where it says that such a policy has a Deny, and not which statement it is. */
function mayBeInPolicy({ denial: { policy, explicit } }: Lack): boolean {
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
