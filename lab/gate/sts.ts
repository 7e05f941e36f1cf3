import type { Fields } from '../iam/api-call.js';
import { evaluate } from '../iam/evaluate.js';
import { type Policy, PolicyError } from '../iam/types.js';
import { type Access, denialOf, refusal } from './access.js';
import { AwsError } from './aws-error.js';
import { assumedRoleUser, callerIdentity } from './caller-identity.js';
import type { Identities, Identity, Role } from './identities.js';
import { parseValidPolicy } from './policy-text.js';

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
      return callerIdentity(identity.caller, identities.ids);
    case 'AssumeRole':
      return assumeRole(parametersOf(fields), identity, identities, access);
    default:
      throw new AwsError('InvalidAction', `the lab's STS knows no ${operation}`);
  }
}

interface Parameters {
  arn: string;
  name: string;
  seconds?: number;
  externalId?: string;
  session: readonly Policy[];
}

const KNOWN = ['Action', 'Version', 'RoleArn', 'RoleSessionName', 'DurationSeconds', 'ExternalId', 'Policy'];
/** "AssumeRole" (STS API reference); how long the role itself lets its sessions last is not modelled. */
const SECONDS = { least: 900, most: 43_200 };

function parametersOf(fields: Fields): Parameters {
  // PolicyArns, which is passed over, would leave the session more than was asked for.
  const unknown = Object.keys(fields).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw invalid(`the lab's AssumeRole knows no ${unknown}`);
  const { RoleArn, RoleSessionName, DurationSeconds, ExternalId, Policy } = fields;
  const name = String(RoleSessionName ?? '');
  if (!/^[\w+=,.@-]{2,64}$/.test(name)) throw invalid(`'${name}' can't be a session's name`);
  const seconds = Number(DurationSeconds ?? SECONDS.least);
  if (!(seconds >= SECONDS.least && seconds <= SECONDS.most)) {
    throw invalid(`'${String(DurationSeconds)}' is not between ${SECONDS.least} and ${SECONDS.most} seconds`);
  }
  return {
    arn: String(RoleArn ?? ''),
    name,
    ...(DurationSeconds !== undefined && { seconds }),
    ...(typeof ExternalId === 'string' && { externalId: ExternalId }),
    session: Policy === undefined ? [] : [sessionPolicy(String(Policy))],
  };
}

function sessionPolicy(text: string): Policy {
  try {
    return parseValidPolicy(text, 'session', 'the session policy');
  } catch (error) {
    if (error instanceof PolicyError) throw new AwsError('MalformedPolicyDocument', error.message);
    throw error;
  }
}

const invalid = (message: string) => new AwsError('ValidationError', message);

function assumeRole(
  { arn, name, externalId, ...given }: Parameters,
  identity: Identity,
  identities: Identities,
  access: Access,
): object {
  const request = access.circumstances.request(identity, {
    action: 'sts:AssumeRole',
    resource: { arn, account: arn.split(':')[4] ?? '' },
    context: {
      'sts:RoleSessionName': name,
      ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
    },
  });
  const role = identities.role(arn);
  const decision = evaluate(request, {
    ...access.circumstances.policies(identity, request),
    trust: role?.trust ?? { Version: '2012-10-17', Statement: [] },
  });
  const whole = denialOf(request, decision);
  // STS gives no reason: it would tell who guesses roles which of them exist.
  const denial = whole && { ...whole, text: whole.text.replace(/ (because|with) .*$/, '') };
  access.note('AWSSecurityTokenServiceV20110615.AssumeRole', request, denial);
  if (denial !== undefined) throw refusal('AccessDenied', denial, 403);
  if (role === undefined) throw new AwsError('AccessDenied', `there is no role ${arn}`, 403);
  return sessionOf(identities, role, name, given);
}

/** A new session, as STS answers with it. */
export function sessionOf(
  identities: Identities,
  role: Role,
  name: string,
  given: { seconds?: number; session?: readonly Policy[] } = {},
): object {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = identities.assume(role, name, given);
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: expiration,
    },
    AssumedRoleUser: assumedRoleUser(role.arn, name, identities.ids),
  };
}
