import { type Fields, isFields } from '../iam/api-call.js';
import { denialText, evaluate } from '../iam/evaluate.js';
import type { AccessRequest, Caller, Policy } from '../iam/types.js';
import type { Access } from './access.js';
import { AwsError } from './aws-error.js';
import type { Identities, Identity } from './identities.js';

/** STS: who am I, and roles. @throws AwsError */
export function answerSts(
  operation: string,
  fields: Fields,
  identity: Identity,
  identities: Identities,
  access: Access,
): object {
  switch (operation) {
    case 'GetCallerIdentity':
      // Nobody can be denied it, not even by an explicit Deny (STS API reference).
      return whoIs(identity.caller);
    case 'AssumeRole':
      return assumeRole(fields, identity, identities, access);
    default:
      throw new AwsError('InvalidAction', `the lab's STS knows no ${operation}`);
  }
}

function whoIs(caller: Caller): object {
  switch (caller.type) {
    case 'root':
      return {
        Arn: `arn:${caller.partition}:iam::${caller.account}:root`,
        UserId: caller.account,
        Account: caller.account,
      };
    case 'session': {
      const arn = sessionArn(caller.roleArn, caller.sessionName);
      return {
        Arn: arn,
        UserId: `${idOf('AROA', caller.roleArn)}:${caller.sessionName}`,
        Account: arn.split(':')[4],
      };
    }
    default:
      return { Arn: caller.arn, UserId: idOf('AIDA', caller.arn), Account: caller.arn.split(':')[4] };
  }
}

function assumeRole(fields: Fields, identity: Identity, identities: Identities, access: Access): object {
  const arn = String(fields.RoleArn ?? '');
  const externalId = fields.ExternalId;
  const request: AccessRequest = {
    caller: identity.caller,
    action: 'sts:AssumeRole',
    resource: { arn, account: arn.split(':')[4] ?? '' },
    context: typeof externalId === 'string' ? { 'sts:ExternalId': externalId } : {},
  };
  const role = identities.role(arn);
  const decision = evaluate(request, {
    identity: identity.policies,
    ...(identity.session && { session: identity.session }),
    trust: role?.trust ?? { Version: '2012-10-17', Statement: [] },
  });
  const denial = decision.allowed
    ? undefined
    : // STS gives no reason: it would tell who guesses roles which of them exist.
      {
        reason: decision.reason,
        text: denialText(request, decision.reason).replace(/ (because|with) .*$/, ''),
      };
  access.note('AWSSecurityTokenServiceV20110615.AssumeRole', request, denial);
  if (denial !== undefined || role === undefined) {
    throw new AwsError('AccessDenied', denial?.text ?? `there is no role ${arn}`, 403);
  }
  const name = String(fields.RoleSessionName ?? '');
  const given = identities.assume(role, name, {
    ...(fields.DurationSeconds === undefined ? {} : { seconds: Number(fields.DurationSeconds) }),
    session: sessionPolicies(fields.Policy),
  });
  return {
    Credentials: {
      AccessKeyId: given.accessKeyId,
      SecretAccessKey: given.secretAccessKey,
      SessionToken: given.sessionToken,
      Expiration: given.expiration,
    },
    AssumedRoleUser: { Arn: sessionArn(arn, name), AssumedRoleId: `${idOf('AROA', arn)}:${name}` },
  };
}

function sessionPolicies(text: unknown): readonly Policy[] {
  if (text === undefined) return [];
  try {
    const policy: unknown = JSON.parse(String(text));
    if (isFields(policy)) return [policy as unknown as Policy];
  } catch {
    // Told below.
  }
  throw new AwsError('MalformedPolicyDocument', 'the session policy is not a policy document');
}

/** Without the role's path: a session has lost it. */
function sessionArn(roleArn: string, sessionName: string): string {
  const [, partition = '', , , account = ''] = roleArn.split(':');
  return `arn:${partition}:sts::${account}:assumed-role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}/${sessionName}`;
}

/** An id of the form that AWS gives users and roles, the same for the same ARN. */
function idOf(prefix: string, arn: string): string {
  const letters = Buffer.from(arn).toString('hex').toUpperCase();
  return prefix + letters.slice(-17);
}
