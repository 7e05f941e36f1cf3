import { conditionsHold, lowerCaseKeys } from './conditions.js';
import { actionMatches, resourceMatches, variablesOf } from './patterns.js';
import {
  type AccessRequest,
  type Caller,
  type Context,
  type Decision,
  listOf,
  type Policy,
  PolicyError,
  type PolicySet,
  type PolicyType,
  type Principal,
  type Reason,
  type Statement,
} from './types.js';

/**
 * Whether AWS would allow a request, decided as the IAM User Guide documents it: "How AWS enforcement code logic
 * evaluates requests to allow or deny access" within an account, "Cross-account policy evaluation logic" between two,
 * and "Key policies in AWS KMS" (KMS Developer Guide) for keys.
 *
 * @throws PolicyError for a policy that AWS would not have stored
 */
export function evaluate(request: AccessRequest, policies: PolicySet): Decision {
  const scope = { ...request, identity: identityOf(request.caller), context: fullContext(request) };
  const reason = explicitDeny(scope, policies) ?? implicitDeny(scope, policies);
  return reason === undefined ? { allowed: true } : { allowed: false, reason };
}

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

const NAMES: Readonly<Record<PolicyType, { name: string; article: string }>> = {
  'service-control': { name: 'service control policy', article: 'a' },
  'resource-based': { name: 'resource-based policy', article: 'a' },
  'role-trust': { name: 'role trust policy', article: 'the' },
  'identity-based': { name: 'identity-based policy', article: 'an' },
  'permissions-boundary': { name: 'permissions boundary', article: 'a' },
  session: { name: 'session policy', article: 'a' },
};

interface Identity {
  /** Of the one who calls: a session's own, not its role's. */
  arn: string;
  account: string;
  partition: string;
  /** Of a role, and of a session of it. */
  roleArn?: string;
}

type Scope = AccessRequest & { identity: Identity; context: Context };

function identityOf(caller: Caller): Identity {
  if (caller.type === 'root') {
    const { account, partition } = caller;
    return { arn: `arn:${partition}:iam::${account}:root`, account, partition };
  }
  const ownArn = caller.type === 'session' ? caller.roleArn : caller.arn;
  const [, partition = '', , , account = ''] = ownArn.split(':');
  if (caller.type !== 'session') {
    return { arn: ownArn, account, partition, ...(caller.type === 'role' ? { roleArn: ownArn } : {}) };
  }
  const arn = `arn:${partition}:sts::${account}:assumed-role/${lastPart(ownArn)}/${caller.sessionName}`;
  return { arn, account, partition, roleArn: ownArn };
}

const lastPart = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);

/** "AWS global condition context keys": those that follow from the caller and the resource, unless they are given. */
function fullContext({ caller, resource, context = {} }: AccessRequest): Context {
  const { arn, account, roleArn } = identityOf(caller);
  const types = { user: 'User', role: 'AssumedRole', session: 'AssumedRole', root: 'Account' };
  return {
    'aws:principalarn': roleArn ?? arn,
    'aws:principalaccount': account,
    'aws:principaltype': types[caller.type],
    'aws:principalisawsservice': 'false',
    'aws:viaawsservice': 'false',
    'aws:resourceaccount': resource.account,
    ...(caller.type === 'user' ? { 'aws:username': lastPart(arn) } : {}),
    ...lowerCaseKeys(context),
  };
}

/** An explicit deny in any policy ends it. Where several deny, AWS names one type; which one is not documented. */
function explicitDeny(scope: Scope, policies: PolicySet): Reason | undefined {
  const attached = attachedPolicy(policies);
  const candidates: [PolicyType, readonly Policy[]][] = [
    ['service-control', (policies.serviceControl ?? []).flat()],
    [attached.type, listOf(attached.policy)],
    ['identity-based', policies.identity ?? []],
    ['permissions-boundary', listOf(policies.boundary)],
    ['session', policies.session ?? []],
  ];
  // Every statement is looked at before one is chosen, so that a policy that can't be evaluated is never overlooked.
  const denying = candidates.flatMap(([type, list]) =>
    list
      .flatMap((policy) => applying(policy, 'Deny', scope, type, policies.boundary !== undefined))
      .map(({ Sid: sid }): Reason => ({ kind: 'explicit-deny', policyType: type, ...(sid ? { sid } : {}) })),
  );
  return denying[0];
}

/** What lacks an allow, if anything does. */
function implicitDeny(scope: Scope, policies: PolicySet): Reason | undefined {
  const missing = missingAllow(scope, policies);
  return missing === undefined ? undefined : { kind: 'implicit-deny', policyType: missing };
}

function missingAllow(scope: Scope, policies: PolicySet): PolicyType | undefined {
  const attached = attachedPolicy(policies);
  const grant = grantOf(attached.policy, attached.type, scope);
  const allows = (list: readonly Policy[], type: PolicyType) =>
    list.some((policy) => applying(policy, 'Allow', scope, type).length > 0);
  const identityAllows = () =>
    // The root user has no identity-based policies and full access.
    scope.caller.type === 'root' || allows(policies.identity ?? [], 'identity-based');
  const limit = (): PolicyType | undefined => {
    if (policies.boundary && !allows([policies.boundary], 'permissions-boundary'))
      return 'permissions-boundary';
    const session = policies.session ?? [];
    return session.length > 0 && !allows(session, 'session') ? 'session' : undefined;
  };

  // Service control policies bind every principal of the account, its root user and sessions included.
  const levels = policies.serviceControl ?? [];
  if (!levels.every((level) => allows(level, 'service-control'))) return 'service-control';

  if (scope.resource.account !== scope.identity.account) {
    // Two evaluations, both of which must allow: first in the caller's account, then in the owner's.
    if (!identityAllows()) return 'identity-based';
    return limit() ?? (grant === 'none' ? attached.type : undefined);
  }
  // A grant to the very user or session that calls is limited by no implicit deny.
  if (grant === 'caller') return undefined;
  // A key and a role must be opened by their own policy; to name the account there is to let its IAM policies decide.
  if (grant === 'none' && (attached.required || isKmsKey(scope.resource.arn))) return attached.type;
  // A grant to the role counts like one of the role's own policies, which boundary and session policy limit.
  if (grant !== 'role' && !identityAllows()) return 'identity-based';
  return limit();
}

interface Attached {
  type: PolicyType;
  policy: Policy | undefined;
  /** Identity-based policies alone give no access. */
  required: boolean;
}

function attachedPolicy({ resource, key, trust }: PolicySet): Attached {
  if (trust !== undefined) return { type: 'role-trust', policy: trust, required: true };
  return { type: 'resource-based', policy: key ?? resource, required: key !== undefined };
}

/** Every key has a key policy, so that none given means none that allows. */
const isKmsKey = (arn: string) => /^arn:[^:]+:kms:[^:]*:[^:]*:key\//.test(arn);

/**
 * To whom a resource-based policy grants: the caller as itself, the role that it has assumed, its account, or nobody.
 * It decides which other policies still count ("Resource-based policies and implicit denies in other policy types").
 */
type Grant = 'none' | 'account' | 'role' | 'caller';
const GRANTS: readonly Grant[] = ['none', 'account', 'role', 'caller'];

function grantOf(policy: Policy | undefined, type: PolicyType, scope: Scope): Grant {
  const grants = (policy === undefined ? [] : applying(policy, 'Allow', scope, type)).map((statement) =>
    statement.Principal === undefined ? 'caller' : principalMatch(statement.Principal, scope),
  );
  return grants.reduce(
    (best, grant) => (GRANTS.indexOf(grant) > GRANTS.indexOf(best) ? grant : best),
    'none',
  );
}

/** The statements of that effect which apply to the request. */
function applying(
  policy: Policy,
  effect: Statement['Effect'],
  scope: Scope,
  type: PolicyType,
  hasBoundary = false,
): readonly Statement[] {
  checkPolicy(policy);
  const variables = variablesOf(policy.Version, scope.context);
  return listOf(policy.Statement).filter((statement) => {
    const ofKey = type === 'resource-based' && isKmsKey(scope.resource.arn);
    checkElements(statement, type, ofKey);
    const { Action, NotAction, Resource, NotResource, Condition } = statement;
    if (ofKey && !hasEffectOnKey(statement)) return false;
    const conditions = conditionsHold(Condition, scope.context, variables);
    const inActions = (patterns: typeof Action) =>
      listOf(patterns).some((pattern) => actionMatches(pattern, scope.action));
    const inResources = (patterns: typeof Resource) =>
      listOf(patterns).some((pattern) => resourceMatches(pattern, scope.resource.arn, variables));
    return (
      statement.Effect === effect &&
      conditions &&
      (Action === undefined ? !inActions(NotAction) : inActions(Action)) &&
      (Resource !== undefined
        ? inResources(Resource)
        : NotResource === undefined || !inResources(NotResource)) &&
      (!hasPrincipal(type) || concerns(statement, scope, hasBoundary))
    );
  });
}

/** KMS stores a statement without Action or Resource, "has no effect" ("Key policies in AWS KMS", KMS Developer Guide). */
const hasEffectOnKey = ({ Action, NotAction, Resource, NotResource }: Statement) =>
  (Action ?? NotAction) !== undefined && (Resource ?? NotResource) !== undefined;

const hasPrincipal = (type: PolicyType) => type === 'resource-based' || type === 'role-trust';

function concerns(
  { Effect, Principal, NotPrincipal = {} }: Statement,
  scope: Scope,
  hasBoundary: boolean,
): boolean {
  if (Principal !== undefined) return principalMatch(Principal, scope) !== 'none';
  if (Effect === 'Allow') return !identities(scope).some((names) => isNamed(NotPrincipal, names));
  // "Permissions boundaries for IAM entities": NotPrincipal with Deny denies whoever has a boundary, named or not.
  if (hasBoundary) return true;
  // "AWS JSON policy elements: NotPrincipal": the account, the role and the session must all be named to be spared.
  return !identities(scope).every((names) => isNamed(NotPrincipal, names));
}

/** The caller, the role it has assumed, and its account: each with the texts that name it. */
function identities({ caller, identity }: Scope): string[][] {
  const account = [identity.account, `arn:${identity.partition}:iam::${identity.account}:root`];
  if (caller.type === 'root') return [account];
  const role =
    identity.roleArn === undefined || identity.roleArn === identity.arn ? [] : [[identity.roleArn]];
  return [[identity.arn], ...role, account];
}

/**
 * "AWS JSON policy elements: Principal". Names are compared as they are: a wildcard for a part of a name does not
 * exist, and the AROA… or AIDA… id that AWS shows for a deleted role or user is nobody's name.
 */
function principalMatch(element: Principal, scope: Scope): Grant {
  const { caller, identity } = scope;
  const named = (...names: string[]) => isNamed(element, names);
  if (named(identity.arn) && caller.type !== 'role') return 'caller';
  if (named('*')) return 'caller';
  if (identity.roleArn !== undefined && named(identity.roleArn)) return 'role';
  return named(...(identities(scope).at(-1) ?? [])) ? 'account' : 'none';
}

function isNamed(element: Principal, names: readonly string[]): boolean {
  // "*" and { "AWS": "*" } are the same; services and federated identities are never callers here.
  const listed = typeof element === 'string' ? (element === '*' ? ['*'] : []) : listOf(element.AWS);
  return listed.some((name) => name === '*' || names.includes(name));
}

/** "Grammar of the IAM JSON policy language". */
export function checkPolicy({ Version, Statement }: Policy): void {
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') {
    throw new PolicyError(`there is no policy version '${Version}'`);
  }
  if (Statement === undefined) throw new PolicyError('the policy has no Statement');
}

export function checkElements(statement: Statement, type: PolicyType, ofKey = false): void {
  const { Sid, Effect } = statement;
  const fail = (what: string) => new PolicyError(`the statement${Sid ? ` '${Sid}'` : ''} ${what}`);
  const count = (...names: (keyof Statement)[]) =>
    names.filter((name) => statement[name] !== undefined).length;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw fail('needs the Effect Allow or Deny');
  const hasOne = (...names: (keyof Statement)[]) => count(...names) === 1 || (ofKey && count(...names) === 0);
  if (!hasOne('Action', 'NotAction')) throw fail('needs one of Action and NotAction');
  // A role's trust policy has no resource: it is the role.
  if (type === 'role-trust' ? count('Resource', 'NotResource') > 0 : !hasOne('Resource', 'NotResource')) {
    throw fail(type === 'role-trust' ? 'must have no Resource' : 'needs one of Resource and NotResource');
  }
  if (count('Principal', 'NotPrincipal') !== (hasPrincipal(type) ? 1 : 0)) {
    throw fail(
      hasPrincipal(type)
        ? 'needs one of Principal and NotPrincipal'
        : 'must have no Principal: it is who has the policy',
    );
  }
}
