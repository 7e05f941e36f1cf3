import { createIamClient } from './clients.js';

/**
 * The ARN of a role of the caller's account, by the role's name: it has the path, which STS does not report.
 *
 * @throws what the SDK throws, such as AccessDenied and NoSuchEntityException
 */
export type RoleArnOf = (roleName: string, signal: AbortSignal) => Promise<string | undefined>;

/** Asks IAM, which needs iam:GetRole on the role. @param region one of the partition whose IAM is asked */
export function roleArnFrom(region: string): RoleArnOf {
  return async (RoleName, abortSignal) => {
    const { GetRoleCommand } = await import('@aws-sdk/client-iam');
    const iam = await createIamClient({ region });
    try {
      return (await iam.send(new GetRoleCommand({ RoleName }), { abortSignal })).Role?.Arn;
    } finally {
      iam.destroy();
    }
  };
}
