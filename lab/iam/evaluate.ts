import { conditionsHold } from './conditions.js';
import { type CallerIdentity, fullContext, identityOf } from './context.js';
import { isUnknown } from './known-keys.js';
import {
  actionMatches,
  resourceMatches,
  type Variables,
  variableKeys,
  variablesOf,
  withWildcards,
} from './patterns.js';
import { and, not, or, TRUE, type Truth, truth } from './truth.js';
import {
  type AccessRequest,
  type Context,
  type Decision,
  listOf,
  type OneOrMany,
  type Policy,
  PolicyError,
  type PolicySet,
  type PolicyType,
  type Principal,
  type Reason,
  type Statement,
  type UnknownKey,
} from './types.js';

export { denialText } from './denial-text.js';

/**
 * Whether AWS would allow a request, decided as the IAM User Guide documents it: "How AWS enforcement code logic
 * evaluates requests to allow or deny access" within an account, "Cross-account policy evaluation logic" between two,
 * and "Key policies in AWS KMS" (KMS Developer Guide) for keys.
 *
 * @throws PolicyError for a policy that AWS would not have stored
 */
export function evaluate(request: AccessRequest, policies: PolicySet): Decision {
  const scope: Scope = {
    ...request,
    identity: identityOf(request.caller),
    context: fullContext(request),
    hasBoundary: policies.boundary !== undefined,
    optimistic: false,
  };
  const reason = reasonOf(scope, policies);
  if (reason === undefined) return { allowed: true };
  const atBest = reasonOf({ ...scope, optimistic: true }, policies);
  const certain = atBest?.kind === reason.kind && atBest.policyType === reason.policyType;
  return { allowed: false, reason, ...(!certain && { unknown: unknownKeys(scope, policies) }) };
}

interface Scope extends AccessRequest {
  identity: CallerIdentity;
  context: Context;
  hasBoundary: boolean;
  /** Whether unknown keys are taken to be what lets the caller in. */
  optimistic: boolean;
}

/** Why it is denied; undefined if it is not. */
function reasonOf(scope: Scope, policies: PolicySet): Reason | undefined {
  return explicitDeny(scope, policies) ?? implicitDeny(scope, policies);
}

/** An explicit deny in any policy ends it. Where several deny, AWS names one type; which one is not documented. */
function explicitDeny(scope: Scope, policies: PolicySet): Reason | undefined {
  // Every statement is looked at before one is chosen, so that a policy that can't be evaluated is never overlooked.
  const denying = everyPolicy(policies).flatMap(([type, policy]) =>
    applying(policy, 'Deny', scope, type).map(
      ({ Sid: sid }): Reason => ({ kind: 'explicit-deny', policyType: type, ...(sid ? { sid } : {}) }),
    ),
  );
  return denying[0];
}

function everyPolicy(policies: PolicySet): [PolicyType, Policy][] {
  const attached = attachedPolicy(policies);
  const lists: [PolicyType, readonly Policy[]][] = [
    ['resource-control', (policies.resourceControl ?? []).flat()],
    ['service-control', (policies.serviceControl ?? []).flat()],
    ['vpc-endpoint', listOf(policies.vpcEndpoint)],
    [attached.type, listOf(attached.policy)],
    ['identity-based', policies.identity ?? []],
    ['permissions-boundary', listOf(policies.boundary)],
    ['session', policies.session ?? []],
  ];
  return lists.flatMap(([type, list]) => list.map((policy): [PolicyType, Policy] => [type, policy]));
}

/** The keys that keep statements from applying, or make them apply, only because they are unknown. */
function unknownKeys(scope: Scope, policies: PolicySet): readonly UnknownKey[] {
  return everyPolicy(policies).flatMap(([policyType, policy]) =>
    listOf(policy.Statement).flatMap((statement, index) => {
      const named = statement.Sid ? `'${statement.Sid}'` : String(index + 1);
      const unknown = applies(statement, policy, scope, policyType) || [];
      return unknown.map((key) => ({ key, policyType, statement: named }));
    }),
  );
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

  // They bind everyone, root users and sessions included ("Policy evaluation logic"; where the endpoint's stands among
  // them is not documented).
  const over: [PolicyType, readonly (readonly Policy[])[]][] = [
    ['resource-control', policies.resourceControl ?? []],
    ['service-control', policies.serviceControl ?? []],
    ['vpc-endpoint', listOf(policies.vpcEndpoint).map((policy) => [policy])],
  ];
  for (const [type, levels] of over) if (!levels.every((level) => allows(level, type))) return type;

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

/** The statements of that effect which apply. Where a key is unknown a Deny does and an Allow does not, or the reverse. */
function applying(
  policy: Policy,
  effect: Statement['Effect'],
  scope: Scope,
  type: PolicyType,
): readonly Statement[] {
  checkPolicy(policy);
  return listOf(policy.Statement).filter((statement) => {
    const ofKey = type === 'resource-based' && isKmsKey(scope.resource.arn);
    checkElements(statement, type, ofKey);
    if (ofKey && !hasEffectOnKey(statement)) return false;
    const result = applies(statement, policy, scope, type);
    if (statement.Effect !== effect || result === false) return false;
    return result.length === 0 || (effect === 'Deny') !== scope.optimistic;
  });
}

/** KMS stores a statement without Action or Resource, "has no effect" ("Key policies in AWS KMS", KMS Developer Guide). */
const hasEffectOnKey = ({ Action, NotAction, Resource, NotResource }: Statement) =>
  (Action ?? NotAction) !== undefined && (Resource ?? NotResource) !== undefined;

function applies(statement: Statement, { Version }: Policy, scope: Scope, type: PolicyType): Truth {
  const { Action, NotAction, Resource, NotResource, Condition } = statement;
  const variables = variablesOf(Version, scope.context);
  const inActions = (patterns: Patterns) =>
    truth(listOf(patterns).some((pattern) => actionMatches(pattern, scope.action)));
  const inResources = (patterns: Patterns) =>
    or(listOf(patterns).map((pattern) => namesResource(pattern, scope, variables)));
  return and([
    either(Action, NotAction, inActions),
    // A role's trust policy has no resource: it is the role.
    type === 'role-trust' ? TRUE : either(Resource, NotResource, inResources),
    truth(!hasPrincipal(type) || concerns(statement, scope)),
    conditionsHold(Condition, scope.context, variables),
  ]);
}

/** By an element or its opposite; a statement that has neither is about nothing. */
function either(named: Patterns, excepted: Patterns, matches: (patterns: Patterns) => Truth): Truth {
  if (named !== undefined) return matches(named);
  return excepted === undefined ? false : not(matches(excepted));
}

type Patterns = OneOrMany<string> | undefined;

function namesResource(pattern: string, { resource, context }: Scope, variables: Variables): Truth {
  const unknown = variableKeys(pattern, variables).filter((key) => isUnknown(key, context));
  const matches = resourceMatches(withWildcards(pattern, unknown), resource.arn, variables);
  return matches && unknown;
}

const hasPrincipal = (type: PolicyType) =>
  ['resource-based', 'role-trust', 'resource-control', 'vpc-endpoint'].includes(type);

function concerns({ Effect, Principal, NotPrincipal = {} }: Statement, scope: Scope): boolean {
  if (Principal !== undefined) return principalMatch(Principal, scope) !== 'none';
  // Of Allow no page says what must be named. Here one of them is enough to be left out, so that the lab allows nothing
  // which AWS may refuse; `policy remove` takes the other reading, so that it overlooks nothing which AWS may allow.
  if (Effect === 'Allow') return !identities(scope).some((names) => isNamed(NotPrincipal, names));
  // "Permissions boundaries for IAM entities": NotPrincipal with Deny denies whoever has a boundary, named or not.
  if (scope.hasBoundary) return true;
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
