import { createHash } from 'node:crypto';
import type { Caller } from '../iam/types.js';

/** What STS says of one who calls. */
export function callerIdentity(caller: Caller): { Arn: string; UserId: string; Account: string } {
  if (caller.type === 'root') {
    const Arn = `arn:${caller.partition}:iam::${caller.account}:root`;
    return { Arn, UserId: caller.account, Account: caller.account };
  }
  if (caller.type === 'session') {
    const { Arn, AssumedRoleId } = assumedRoleUser(caller.roleArn, caller.sessionName);
    return { Arn, UserId: AssumedRoleId, Account: accountOf(Arn) };
  }
  return { Arn: caller.arn, UserId: idOf('AIDA', caller.arn), Account: accountOf(caller.arn) };
}

/** Without the role's path: a session has lost it. */
export function assumedRoleUser(roleArn: string, sessionName: string) {
  const [, partition = ''] = roleArn.split(':');
  const name = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  return {
    Arn: `arn:${partition}:sts::${accountOf(roleArn)}:assumed-role/${name}/${sessionName}`,
    AssumedRoleId: `${idOf('AROA', roleArn)}:${sessionName}`,
  };
}

const accountOf = (arn: string) => arn.split(':')[4] ?? '';

/** An id of the form that AWS gives users and roles, the same for the same ARN. */
export function idOf(prefix: string, arn: string): string {
  return prefix + createHash('sha256').update(arn).digest('hex').toUpperCase().slice(0, 17);
}
