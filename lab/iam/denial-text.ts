import { identityOf } from './context.js';
import type { AccessRequest, PolicyType, Reason, UnknownKey } from './types.js';

/** The message of AWS's error ("Troubleshoot access denied error messages", IAM User Guide). */
export function denialText({ caller, action: asked, resource }: AccessRequest, reason: Reason): string {
  // So SQS writes its own, as users report.
  const action = asked.startsWith('sqs:') ? asked.toLowerCase() : asked;
  const { name, article } = NAMES[reason.policyType];
  const on = resource.arn === '*' ? '' : ` on resource: ${resource.arn}`;
  const because =
    reason.kind === 'explicit-deny'
      ? `with an explicit deny in ${article} ${name}`
      : `because no ${name} allows the ${action} action`;
  return `User: ${identityOf(caller).arn} is not authorized to perform: ${action}${on} ${because}`;
}

/** What the lab adds to AWS's message where it does not know what AWS would decide. */
export function unknownText(unknown: readonly UnknownKey[]): string {
  const parts = unknown.map(({ key, policyType, statement }) => {
    const { name, article } = NAMES[policyType];
    return `${key} (statement ${statement} of ${article} ${name})`;
  });
  return `the lab does not know ${parts.join(' and ')}`;
}

const NAMES: Readonly<Record<PolicyType, { name: string; article: string }>> = {
  'resource-control': { name: 'resource control policy', article: 'a' },
  'service-control': { name: 'service control policy', article: 'a' },
  'vpc-endpoint': { name: 'VPC endpoint policy', article: 'a' },
  'resource-based': { name: 'resource-based policy', article: 'a' },
  'role-trust': { name: 'role trust policy', article: 'the' },
  'identity-based': { name: 'identity-based policy', article: 'an' },
  'permissions-boundary': { name: 'permissions boundary', article: 'a' },
  session: { name: 'session policy', article: 'a' },
};
