import { GetKeyPolicyCommand, type KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { explainCall } from '../../aws/call-error.js';
import type { KeyArn } from '../../aws/key-arn.js';
import { assertMayBeDeleted, CALL_TIMEOUT_MS, nameOf, type PolicyStore } from './policy-store.js';

/** The only name that KMS knows. */
const POLICY_NAME = 'default';

/** The policy of a key. KMS itself refuses one that would lock out the caller, and that check stays on. */
export function keyPolicyStore(kms: KMSClient, { arn, region, account }: KeyArn): PolicyStore {
  const about = { target: 'key', arn } as const;
  const explained = (error: unknown, action: string) =>
    explainCall(error, {
      failure: `${nameOf(about)} can't be ${action.startsWith('Get') ? 'read' : 'changed'}`,
      service: 'KMS',
      action: `kms:${action}`,
      allowedBy: `The key's own policy, and with it the IAM policy of the caller in account ${account} (no other account's credentials will do),`,
      missing: { reason: 'there is no such key', hint: `Its policy is open to account ${account} alone.` },
      endpointKey: 'AWS_ENDPOINT_URL_KMS',
    });
  const options = () => ({ abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
  return {
    ...about,
    region,
    async read() {
      try {
        const command = new GetKeyPolicyCommand({ KeyId: arn, PolicyName: POLICY_NAME });
        return (await kms.send(command, options())).Policy;
      } catch (error) {
        throw explained(error, 'GetKeyPolicy');
      }
    },
    async write(Policy) {
      try {
        await kms.send(new PutKeyPolicyCommand({ KeyId: arn, PolicyName: POLICY_NAME, Policy }), options());
      } catch (error) {
        throw explained(error, 'PutKeyPolicy');
      }
    },
    async delete() {
      assertMayBeDeleted(about);
    },
  };
}
