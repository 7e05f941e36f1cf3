import type { Caller } from '../iam/types.js';
import type { UniqueIds } from './unique-ids.js';

/** What STS says of one who calls. */
export function callerIdentity(
  caller: Caller,
  identities: UniqueIds,
): { Arn: string; UserId: string; Account: string } {
  if (caller.type === 'root') {
    const Arn = `arn:${caller.partition}:iam::${caller.account}:root`;
    return { Arn, UserId: caller.account, Account: caller.account };
  }
  if (caller.type === 'session') {
    const { Arn, AssumedRoleId } = assumedRoleUser(caller.roleArn, caller.sessionName, identities);
    return { Arn, UserId: AssumedRoleId, Account: accountOf(Arn) };
  }
  return { Arn: caller.arn, UserId: identities.idOf(caller.arn), Account: accountOf(caller.arn) };
}

/** Without the role's path: a session has lost it. */
export function assumedRoleUser(roleArn: string, sessionName: string, identities: UniqueIds) {
  const [, partition = ''] = roleArn.split(':');
  const name = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  return {
    Arn: `arn:${partition}:sts::${accountOf(roleArn)}:assumed-role/${name}/${sessionName}`,
    AssumedRoleId: `${identities.idOf(roleArn)}:${sessionName}`,
  };
}

const accountOf = (arn: string) => arn.split(':')[4] ?? '';
