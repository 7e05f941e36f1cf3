// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import { denialText, evaluate } from '../../../lab/iam/evaluate.js';
import { type Policy, PolicyError, type PolicySet, type Statement } from '../../../lab/iam/types.js';
import {
  ACTION,
  ALL,
  type Asked,
  allow,
  asked,
  CONSUMER,
  deny,
  grant,
  KEY,
  OTHER,
  OWN,
  OWNER,
  outcome,
  policy,
  READER,
  ROLE,
  ROOT,
  role,
  root,
  SESSION,
  SHARED,
  SHARED_KEY,
  session,
  USER,
  user,
} from '../helpers/access.js';

/** Rule (and the page of the IAM User Guide that has it, where the group's is another), policies, request, outcome. */
type Case = [rule: string, policies: PolicySet, request: Asked, outcome: string];

describe('within one account (Policy evaluation for requests within a single account)', () => {
  // biome-ignore format: a case is a line
  test.each<Case>([
    ['nothing attached: denied by default', {}, {}, 'no identity-based'],
    ['an identity-based policy is enough', { identity: [ALL] }, {}, 'allowed'],
    ['one of several identity-based policies is enough', { identity: [OTHER, ALL] }, {}, 'allowed'],
    ['a resource-based policy is enough', { resource: grant(SESSION) }, {}, 'allowed'],
    ['a resource-based policy is enough, though identity-based ones allow other things', { identity: [OTHER], resource: grant(USER) }, { caller: user }, 'allowed'],
    ['either is enough: the resource-based policy grants to someone else', { identity: [ALL], resource: grant(`${USER}2`) }, {}, 'allowed'],
    ['an identity-based policy for something else', { identity: [OTHER] }, {}, 'no identity-based'],
    ['the account as principal delegates: IAM must still allow (Principal: AWS account principals)', { resource: grant(ROOT) }, {}, 'no identity-based'],
    ['the account as principal and an identity-based policy', { identity: [ALL], resource: grant(READER) }, {}, 'allowed'],
    ['the root user needs no policy', {}, { caller: root }, 'allowed'],
    ['the root user is named by the account, too', { resource: grant(READER) }, { caller: root }, 'allowed'],
    ['an action without a resource', { identity: [policy(allow({ Action: 'cloudwatch:PutMetricData' }))] }, { action: 'cloudwatch:PutMetricData', resource: '*' }, 'allowed'],
  ])('%s', (_rule, policies, request, expected) => {
    expect(outcome(policies, request)).toBe(expected);
  });
});

describe('explicit deny first (The difference between explicit and implicit denies)', () => {
  const no = (Sid: string): Policy => policy([allow(), deny({ Sid })]);
  const noResource: Policy = policy([
    allow({ Principal: '*' }),
    deny({ Sid: 'NoResource', Principal: { AWS: ROOT } }),
  ]);
  // biome-ignore format: a case is a line
  test.each<Case>([
    ['in an identity-based policy', { identity: [ALL, no('No')], resource: grant(SESSION) }, {}, 'denied: identity-based No'],
    ['in a resource-based policy', { identity: [ALL], resource: noResource }, {}, 'denied: resource-based NoResource'],
    ['in a permissions boundary', { identity: [ALL], boundary: no('No') }, {}, 'denied: permissions-boundary No'],
    ['in a permissions boundary, against a direct grant to a user', { boundary: no('No'), resource: grant(USER) }, { caller: user }, 'denied: permissions-boundary No'],
    ['in a service control policy', { identity: [ALL], serviceControl: [[ALL, no('No')]] }, {}, 'denied: service-control No'],
    ['in a session policy', { identity: [ALL], session: [no('No')] }, {}, 'denied: session No'],
    ['in a session policy, against a direct grant to the session', { session: [no('No')], resource: grant(SESSION) }, {}, 'denied: session No'],
    ['in a key policy', { identity: [ALL], key: noResource }, { action: 'kms:Decrypt', resource: KEY }, 'denied: resource-based NoResource'],
    ['without a Sid', { identity: [policy([allow(), deny()])] }, {}, 'denied: identity-based'],
    ['that is met by no allow at all', { identity: [policy(deny({ Sid: 'No' }))] }, {}, 'denied: identity-based No'],
    ['against the root user', { resource: noResource }, { caller: root }, 'denied: resource-based NoResource'],
    ['before a missing allow of another kind', { identity: [no('No')], boundary: OTHER }, {}, 'denied: identity-based No'],
    ['that is for something else does nothing', { identity: [policy([allow(), deny({ Action: 'kinesis:PutRecord' })])] }, {}, 'allowed'],
    ['that names another principal does nothing', { identity: [ALL], resource: policy(deny({ Principal: { AWS: `${ROLE}2` } })) }, {}, 'allowed'],
    ['that names another session of the role does nothing', { identity: [ALL], resource: policy(deny({ Principal: { AWS: `${SESSION}2` } })) }, {}, 'allowed'],
    ['that names the role denies its session', { identity: [ALL], resource: policy(deny({ Sid: 'No', Principal: { AWS: ROLE } })) }, {}, 'denied: resource-based No'],
    ['in the caller’s account, across accounts', { identity: [no('No')], resource: grant(ROLE) }, { resource: SHARED }, 'denied: identity-based No'],
    ['in the owner’s account, across accounts', { identity: [ALL], resource: policy([allow({ Principal: '*' }), deny({ Sid: 'No', Principal: { AWS: ROLE } })]) }, { resource: SHARED }, 'denied: resource-based No'],
  ])('%s', (_rule, policies, request, expected) => {
    expect(outcome(policies, request)).toBe(expected);
  });
});

describe('across accounts, both sides must allow (Cross-account policy evaluation logic)', () => {
  const shared = { resource: SHARED };
  // biome-ignore format: a case is a line
  test.each<Case>([
    ['both sides allow: the account', { identity: [ALL], resource: grant(READER) }, shared, 'allowed'],
    ['both sides allow: the account’s ARN', { identity: [ALL], resource: grant(ROOT) }, shared, 'allowed'],
    ['both sides allow: the role', { identity: [ALL], resource: grant(ROLE) }, shared, 'allowed'],
    ['both sides allow: the session', { identity: [ALL], resource: grant(SESSION) }, shared, 'allowed'],
    ['both sides allow: a user', { identity: [ALL], resource: grant(USER) }, { ...shared, caller: user }, 'allowed'],
    ['both sides allow: everyone', { identity: [ALL], resource: grant('*') }, shared, 'allowed'],
    ['the owner has no policy', { identity: [ALL] }, shared, 'no resource-based'],
    ['the owner’s policy names another role', { identity: [ALL], resource: grant(`${ROLE}2`) }, shared, 'no resource-based'],
    ['the owner’s policy allows another action', { identity: [ALL], resource: grant(ROLE, { Action: 'kinesis:PutRecord' }) }, shared, 'no resource-based'],
    ['the owner’s policy names its own account', { identity: [ALL], resource: grant(OWNER) }, shared, 'no resource-based'],
    ['the caller has no policy', { resource: grant(ROLE) }, shared, 'no identity-based'],
    ['the caller has no policy, though its session is named (within the same account only)', { resource: grant(SESSION) }, shared, 'no identity-based'],
    ['the caller’s policy names the stream of that name in its own account', { identity: [policy(allow({ Resource: OWN }))], resource: grant(ROLE) }, shared, 'no identity-based'],
    ['a boundary limits, though the session is named', { identity: [ALL], boundary: OTHER, resource: grant(SESSION) }, shared, 'no permissions-boundary'],
    ['a session policy limits, though the session is named', { identity: [ALL], session: [OTHER], resource: grant(SESSION) }, shared, 'no session'],
    ['a service control policy limits', { identity: [ALL], serviceControl: [[OTHER]], resource: grant(ROLE) }, shared, 'no service-control'],
    ['the root user of the caller’s account', { resource: grant(READER) }, { ...shared, caller: root }, 'allowed'],
    ['the root user of the caller’s account without a grant', {}, { ...shared, caller: root }, 'no resource-based'],
  ])('%s', (_rule, policies, request, expected) => {
    expect(outcome(policies, request)).toBe(expected);
  });
});

describe('limits (Permissions boundaries; Session policies; Service control policies)', () => {
  // biome-ignore format: a case is a line
  test.each<Case>([
    ['a boundary and an identity-based policy that both allow', { identity: [ALL], boundary: ALL }, {}, 'allowed'],
    ['a boundary does not grant', { boundary: ALL }, {}, 'no identity-based'],
    ['a boundary that does not allow', { identity: [ALL], boundary: OTHER }, {}, 'no permissions-boundary'],
    ['a boundary does not limit a grant to the user’s ARN', { boundary: OTHER, resource: grant(USER) }, { caller: user }, 'allowed'],
    ['a boundary limits a grant to the role’s ARN', { boundary: OTHER, resource: grant(ROLE) }, {}, 'no permissions-boundary'],
    ['a boundary limits a grant to the role’s ARN, a role as caller', { boundary: OTHER, resource: grant(ROLE) }, { caller: role }, 'no permissions-boundary'],
    ['a boundary does not limit a grant to the session’s ARN', { boundary: OTHER, resource: grant(SESSION) }, {}, 'allowed'],
    ['a boundary does not limit a grant to everyone', { boundary: OTHER, resource: grant('*') }, {}, 'allowed'],
    ['a grant to the role’s ARN needs no identity-based policy', { resource: grant(ROLE) }, {}, 'allowed'],
    ['a grant to the role’s ARN within its boundary', { boundary: ALL, resource: grant(ROLE) }, {}, 'allowed'],
    ['a session policy that allows', { identity: [ALL], session: [ALL] }, {}, 'allowed'],
    ['one of several session policies that allows', { identity: [ALL], session: [OTHER, ALL] }, {}, 'allowed'],
    ['an empty list of session policies is none', { identity: [ALL], session: [] }, {}, 'allowed'],
    ['a session policy does not grant', { session: [ALL] }, {}, 'no identity-based'],
    ['a session policy that does not allow', { identity: [ALL], session: [OTHER] }, {}, 'no session'],
    ['a session policy limits a grant to the role’s ARN', { session: [OTHER], resource: grant(ROLE) }, {}, 'no session'],
    ['a session policy does not limit a grant to the session’s ARN', { session: [OTHER], resource: grant(SESSION) }, {}, 'allowed'],
    ['nor a grant by aws:PrincipalArn to everyone (Principal: IAM role principals)', { session: [OTHER], boundary: OTHER, resource: grant('*', { Condition: { ArnEquals: { 'aws:PrincipalArn': ROLE } } }) }, {}, 'allowed'],
    ['the better of two grants counts: role and session', { session: [OTHER], resource: grant([ROLE, SESSION]) }, {}, 'allowed'],
    ['a service control policy that allows', { identity: [ALL], serviceControl: [[ALL]] }, {}, 'allowed'],
    ['a service control policy does not grant', { serviceControl: [[ALL]] }, {}, 'no identity-based'],
    ['a service control policy at every level must allow', { identity: [ALL], serviceControl: [[ALL], [OTHER], [ALL]] }, {}, 'no service-control'],
    ['one of those attached at a level is enough', { identity: [ALL], serviceControl: [[OTHER, ALL], [ALL, OTHER]] }, {}, 'allowed'],
    ['a service control policy limits a direct grant', { serviceControl: [[OTHER]], resource: grant(SESSION) }, {}, 'no service-control'],
    ['a service control policy limits the root user', { serviceControl: [[OTHER]] }, { caller: root }, 'no service-control'],
    ['boundary, session and service control policy that all allow', { identity: [ALL], boundary: ALL, session: [ALL], serviceControl: [[ALL]] }, {}, 'allowed'],
  ])('%s', (_rule, policies, request, expected) => {
    expect(outcome(policies, request)).toBe(expected);
  });
});

describe('keys (KMS Developer Guide: Key policies; Allowing users in other accounts to use a KMS key)', () => {
  const own = { action: 'kms:Decrypt', resource: KEY };
  const shared = { action: 'kms:Decrypt', resource: SHARED_KEY };
  // biome-ignore format: a case is a line
  test.each<Case>([
    ['IAM policies do not count without the key policy', { identity: [ALL], key: grant(`${ROLE}2`) }, own, 'no resource-based'],
    ['the key’s account as principal enables IAM policies', { identity: [ALL], key: grant(ROOT) }, own, 'allowed'],
    ['the account’s id enables them as well', { identity: [ALL], key: grant(READER) }, own, 'allowed'],
    ['IAM policies that are enabled must allow', { key: grant(ROOT) }, own, 'no identity-based'],
    ['they are enabled for the actions named there only', { identity: [ALL], key: grant(ROOT, { Action: 'kms:DescribeKey' }) }, own, 'no resource-based'],
    ['the key policy alone is enough: the role', { key: grant(ROLE) }, own, 'allowed'],
    ['the key policy alone is enough: the session', { key: grant(SESSION) }, own, 'allowed'],
    ['the key policy alone is enough: everyone of the account', { key: grant('*', { Condition: { StringEquals: { 'kms:CallerAccount': READER } } }) }, { ...own, context: { 'kms:CallerAccount': READER } }, 'allowed'],
    ['the root user needs the key policy, too', { key: grant(ROLE) }, { ...own, caller: root }, 'no resource-based'],
    ['the root user through the account’s id', { key: grant(READER) }, { ...own, caller: root }, 'allowed'],
    ['the root user through the account as principal', { key: grant(ROOT) }, { ...own, caller: root }, 'allowed'],
    ['a key without a given policy opens to nobody', { identity: [ALL] }, own, 'no resource-based'],
    ['a boundary limits what the account’s IAM policies allow', { identity: [ALL], boundary: OTHER, key: grant(ROOT) }, own, 'no permissions-boundary'],
    ['across accounts: both sides', { identity: [ALL], key: grant(ROLE) }, shared, 'allowed'],
    ['across accounts: both sides, the other account as principal', { identity: [ALL], key: grant(ROOT) }, shared, 'allowed'],
    ['across accounts: the key policy alone', { key: grant(ROLE) }, shared, 'no identity-based'],
    ['across accounts: the IAM policy alone', { identity: [ALL], key: grant(OWNER) }, shared, 'no resource-based'],
    ['a call that is about no key needs the IAM policy alone', { identity: [ALL] }, { action: 'kms:ListKeys', resource: '*' }, 'allowed'],
  ])('%s', (_rule, policies, request, expected) => {
    expect(outcome(policies, request)).toBe(expected);
  });
});

describe('roles that are assumed (How IAM roles differ from resource-based policies)', () => {
  const assume = { action: 'sts:AssumeRole', resource: `arn:aws:iam::${OWNER}:role/stream-reader` };
  const own = { ...assume, resource: `arn:aws:iam::${READER}:role/stream-reader` };
  const trusts = (AWS: string): Policy =>
    policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS } });
  // biome-ignore format: a case is a line
  test.each<Case>([
    ['across accounts, both sides', { identity: [ALL], trust: trusts(READER) }, assume, 'allowed'],
    ['across accounts, the trust policy alone', { trust: trusts(READER) }, assume, 'no identity-based'],
    ['across accounts, the IAM policy alone', { identity: [ALL], trust: trusts(OWNER) }, assume, 'no role-trust'],
    ['within the account, the trust policy that names the caller', { trust: trusts(USER) }, { ...own, caller: user }, 'allowed'],
    ['within the account, an IAM policy alone is not enough', { identity: [ALL], trust: trusts(OWNER) }, own, 'no role-trust'],
    ['within the account, the account as principal and an IAM policy', { identity: [ALL], trust: trusts(ROOT) }, own, 'allowed'],
  ])('%s', (_rule, policies, request, expected) => {
    expect(outcome(policies, request)).toBe(expected);
  });
});

describe('who is a principal (AWS JSON policy elements: Principal)', () => {
  const ROLE_ID = 'AROAEXAMPLEEXAMPLEABC';
  const matches = 'allowed';
  const not = 'no resource-based';
  // biome-ignore format: a case is a line
  test.each<[string, Statement['Principal'], Asked['caller'], string]>([
    ['"*" is everyone', '*', session, matches],
    ['{ "AWS": "*" } is everyone', { AWS: '*' }, user, matches],
    ['an account id', { AWS: READER }, session, matches],
    ['an account’s ARN', { AWS: ROOT }, user, matches],
    ['an account’s ARN is not its root user alone', { AWS: ROOT }, role, matches],
    ['a list with another account’s id', { AWS: [OWNER, READER] }, session, matches],
    ['another account', { AWS: '333333333333' }, session, not],
    ['a user', { AWS: USER }, user, matches],
    ['a user without its path', { AWS: `arn:aws:iam::${READER}:user/rita` }, user, not],
    ['a user’s name is case-sensitive', { AWS: USER.replace('rita', 'Rita') }, user, not],
    ['a role is its sessions, too', { AWS: ROLE }, session, matches],
    ['a role without its path', { AWS: `arn:aws:iam::${READER}:role/reader` }, session, not],
    ['a session', { AWS: SESSION }, session, matches],
    ['another session of the role', { AWS: SESSION.replace('session', 'other') }, session, not],
    ['a session with its role’s path, which its ARN does not have', { AWS: SESSION.replace('reader', 'team/reader') }, session, not],
    ['all sessions by wildcard, which does not exist', { AWS: SESSION.replace('/session', '/*') }, session, not],
    ['a part of a name by wildcard, which does not exist', { AWS: ROLE.replace('reader', 'read*') }, session, not],
    ['a session is not its role as principal', { AWS: SESSION }, role, not],
    ['a role that was deleted, shown as its id', { AWS: ROLE_ID }, session, not],
    ['a role’s id with the session’s name', { AWS: `${ROLE_ID}:session` }, session, not],
    ['a service', { Service: 'lambda.amazonaws.com' }, session, not],
    ['a service whose name is the caller’s', { Service: ROLE }, session, not],
    ['an identity provider', { Federated: '*' }, session, not],
    ['several kinds', { Service: ['lambda.amazonaws.com'], AWS: [USER, ROLE] }, session, matches],
    ['an account id without its kind, which is no principal', READER as '*', session, not],
    ['an account’s ARN of another partition', { AWS: ROOT.replace('aws', 'aws-cn') }, session, not],
    ['an empty list', { AWS: [] }, session, not],
  ])('%s', (_rule, Principal, caller, expected) => {
    const resource = policy(allow({ ...(Principal === undefined ? {} : { Principal }) }));
    expect(outcome({ identity: [ALL], resource }, { resource: SHARED, ...(caller ? { caller } : {}) })).toBe(
      expected,
    );
  });

  test('an account of another partition is named with that partition', () => {
    const china = 'arn:aws-cn:iam::222222222222';
    const request: Asked = {
      caller: { type: 'session', roleArn: `${china}:role/reader`, sessionName: 's' },
      resource: 'arn:aws-cn:kinesis:cn-north-1:111111111111:stream/orders',
    };
    expect(outcome({ identity: [ALL], resource: grant(`${china}:root`) }, request)).toBe('allowed');
    expect(outcome({ identity: [ALL], resource: grant(ROOT) }, request)).toBe(not);
    expect(denialText(asked(request), { kind: 'implicit-deny', policyType: 'session' })).toContain(
      'arn:aws-cn:sts::222222222222:assumed-role/reader/s',
    );
  });
});

describe('NotPrincipal (AWS JSON policy elements: NotPrincipal)', () => {
  const allBut = (AWS: string[]): PolicySet => ({
    identity: [ALL],
    resource: policy([allow({ Principal: '*' }), deny({ Sid: 'AllBut', NotPrincipal: { AWS } })]),
  });
  const denied = 'denied: resource-based AllBut';
  // biome-ignore format: a case is a line
  test.each<Case>([
    ['spares a user that is named with its account', allBut([USER, ROOT]), { caller: user }, 'allowed'],
    ['spares across accounts as well', allBut([USER, READER]), { caller: user, resource: SHARED }, 'allowed'],
    ['denies a user whose account is not named', allBut([USER]), { caller: user }, denied],
    ['denies another user of the account', allBut([`${USER}2`, ROOT]), { caller: user }, denied],
    ['spares a session that is named with role and account', allBut([SESSION, ROLE, ROOT]), {}, 'allowed'],
    ['denies a session whose role is not named', allBut([SESSION, ROOT]), {}, denied],
    ['denies a session of which only the role is named', allBut([ROLE, ROOT]), {}, denied],
    ['spares the root user that is named by its account', allBut([READER]), { caller: root }, 'allowed'],
    ['denies whoever has a permissions boundary, named or not (Permissions boundaries for IAM entities)', { ...allBut([USER, ROOT]), boundary: ALL }, { caller: user }, denied],
    ['denies every IAM principal where a service is named', { identity: [ALL], resource: policy(deny({ Sid: 'AllBut', NotPrincipal: { Service: 'lambda.amazonaws.com' } })) }, {}, denied],
    ['with Allow: everyone but those named', { identity: [ALL], resource: policy(allow({ NotPrincipal: { AWS: OWNER } })) }, { resource: SHARED }, 'allowed'],
    ['with Allow: not those named', { identity: [ALL], resource: policy(allow({ NotPrincipal: { AWS: ROLE } })) }, { resource: SHARED }, 'no resource-based'],
  ])('%s', (_rule, policies, request, expected) => {
    expect(outcome(policies, request)).toBe(expected);
  });
});

describe('Action and NotAction (IAM JSON policy elements: Action, NotAction)', () => {
  // biome-ignore format: a case is a line
  test.each<[string, Partial<Statement>, boolean]>([
    ['the action', { Action: ACTION }, true],
    ['another case of service and name', { Action: 'KINESIS:getrecords' }, true],
    ['a list', { Action: ['kinesis:PutRecord', ACTION] }, true],
    ['every action of the service', { Action: 'kinesis:*' }, true],
    ['every action', { Action: '*' }, true],
    ['a wildcard at the end', { Action: 'kinesis:Get*' }, true],
    ['a wildcard in between', { Action: 'kinesis:G*Records' }, true],
    ['a wildcard for nothing', { Action: 'kinesis:GetRecords*' }, true],
    ['one character', { Action: 'kinesis:GetRecord?' }, true],
    ['one character is not none', { Action: 'kinesis:GetRecords?' }, false],
    ['a longer name', { Action: 'kinesis:GetRecord' }, false],
    ['another service', { Action: 'firehose:*' }, false],
    ['an empty list', { Action: [] }, false],
    ['a dot is a dot', { Action: 'kinesis.GetRecords' }, false],
    ['NotAction: the action', { NotAction: ACTION }, false],
    ['NotAction: others', { NotAction: ['kinesis:Put*', 'kms:*'] }, true],
    ['NotAction: a wildcard', { NotAction: 'kinesis:get*' }, false],
  ])('%s', (_rule, elements, applies) => {
    expect(outcome({ identity: [policy(allow(elements))] })).toBe(applies ? 'allowed' : 'no identity-based');
    expect(outcome({ identity: [ALL, policy(deny(elements))] })).toBe(
      applies ? 'denied: identity-based' : 'allowed',
    );
  });
});

describe('Resource and NotResource (IAM JSON policy elements: Resource, NotResource)', () => {
  const arn = (region: string, resource: string) => `arn:aws:kinesis:${region}:${READER}:${resource}`;
  // biome-ignore format: a case is a line
  test.each<[string, Partial<Statement>, string, boolean]>([
    ['the ARN', { Resource: OWN }, OWN, true],
    ['an ARN is case-sensitive', { Resource: OWN.replace('orders', 'Orders') }, OWN, false],
    ['a list', { Resource: [SHARED, OWN] }, OWN, true],
    ['every resource', { Resource: '*' }, OWN, true],
    ['a wildcard at the end', { Resource: arn('us-east-1', 'stream/ord*') }, OWN, true],
    ['a wildcard goes past slashes', { Resource: `${SHARED}*` }, CONSUMER, true],
    ['a wildcard in the resource goes past colons', { Resource: `${SHARED}/consumer/*` }, CONSUMER, true],
    ['a wildcard before a colon of the resource', { Resource: `${SHARED}/consumer/shared:*` }, CONSUMER, true],
    ['a stream’s ARN is not its consumers', { Resource: SHARED }, CONSUMER, false],
    ['a consumer’s ARN is not its stream', { Resource: `${SHARED}/*` }, SHARED, false],
    ['a wildcard for region and account', { Resource: 'arn:aws:kinesis:*:*:stream/orders' }, OWN, true],
    ['a wildcard within a segment', { Resource: arn('us-*-1', 'stream/orders') }, OWN, true],
    ['a wildcard within a segment stays there', { Resource: 'arn:aws:kinesis:us-*1:stream/orders' }, OWN, false],
    ['a wildcard within a segment stays there, whatever follows', { Resource: 'arn:aws:kinesis:u*2:stream/orders' }, OWN, false],
    ['a wildcard that ends a segment may go past the colon', { Resource: 'arn:aws:kinesis:*:stream/orders' }, OWN, true],
    ['a wildcard that ends the pattern covers the rest', { Resource: 'arn:aws:kinesis:*' }, OWN, true],
    ['a wildcard of another service', { Resource: 'arn:aws:kms:*' }, OWN, false],
    ['one character', { Resource: arn('us-east-?', 'stream/order?') }, OWN, true],
    ['one character is not none', { Resource: `${OWN}?` }, OWN, false],
    ['one character is no colon', { Resource: OWN.replace(':2222', '?2222') }, OWN, false],
    ['NotResource: the ARN', { NotResource: OWN }, OWN, false],
    ['NotResource: another', { NotResource: [SHARED] }, OWN, true],
    ['characters of regular expressions are themselves', { Resource: `${OWN.slice(0, -1)}[s]` }, OWN, false],
  ])('%s', (_rule, elements, resource, applies) => {
    const set = { identity: [policy(allow(elements))], resource: grant(ROOT) };
    expect(outcome(set, { resource })).toBe(applies ? 'allowed' : 'no identity-based');
  });
});

describe('policy variables (IAM policy elements: Variables and tags)', () => {
  const own = (name: string) => `arn:aws:kinesis:us-east-1:${READER}:stream/${name}`;
  const context = { 'aws:PrincipalTag/team': 'orders', 'aws:TagKeys': ['orders'], star: '*' };
  const resource = (
    text: string,
    element: 'Resource' | 'NotResource' = 'Resource',
    version?: string,
  ): PolicySet => ({
    identity: [policy(allow({ [element]: own(text) }), version)],
  });
  // biome-ignore format: a case is a line
  test.each<Case>([
    ['a user’s name, without its path', resource('${aws:username}'), { caller: user, resource: own('rita') }, 'allowed'],
    ['a session has no user name', resource('${aws:username}'), { resource: own('session') }, 'no identity-based'],
    ['a tag', resource('${aws:PrincipalTag/team}'), { context }, 'allowed'],
    ['a key in another case', resource('${AWS:principaltag/TEAM}'), { context }, 'allowed'],
    ['a part of a name', resource('or${aws:PrincipalTag/part}s'), { context: { 'aws:PrincipalTag/part': 'der' } }, 'allowed'],
    ['beside a wildcard', resource('${aws:PrincipalTag/team}*'), { context, resource: own('orders-2') }, 'allowed'],
    ['one that has another value', resource('${aws:PrincipalTag/team}'), { context: { 'aws:PrincipalTag/team': 'bills' } }, 'no identity-based'],
    ['a value’s wildcard is itself', resource('${star}'), { context }, 'no identity-based'],
    ['one without a value matches no resource', resource('${aws:PrincipalTag/none}*'), { context }, 'no identity-based'],
    ['one without a value matches no resource of NotResource', resource('${aws:PrincipalTag/none}*', 'NotResource'), { context }, 'allowed'],
    ['a default where there is no value', resource("${aws:PrincipalTag/none, 'orders'}"), { context }, 'allowed'],
    ['no default where there is a value', resource("${aws:PrincipalTag/team, 'bills'}"), { context, resource: own('bills') }, 'no identity-based'],
    ['a multivalued key is none', resource('${aws:TagKeys}'), { context }, 'no identity-based'],
    ['${*} is an asterisk', resource('${*}'), { resource: own('*') }, 'allowed'],
    ['${*} is no wildcard', resource('${*}'), {}, 'no identity-based'],
    ['${?} is a question mark', resource('order${?}'), { resource: own('order?') }, 'allowed'],
    ['${?} is no wildcard', resource('order${?}'), {}, 'no identity-based'],
    ['${$} is a dollar sign', resource('${$}{x}'), { resource: own('${x}') }, 'allowed'],
    ['version 2008-10-17 has none', resource('${aws:PrincipalTag/team}', 'Resource', '2008-10-17'), { context }, 'no identity-based'],
    ['there, the text stands for itself', resource('${aws:username}', 'Resource', '2008-10-17'), { resource: own('${aws:username}') }, 'allowed'],
    ['without a version it is 2008-10-17', { identity: [{ Statement: allow({ Resource: own('${aws:username}') }) }] }, { caller: user, resource: own('rita') }, 'no identity-based'],
    ['they stand in the resource alone, not before the fifth colon', { identity: [policy(allow({ Resource: 'arn:aws:kinesis:us-east-1:${aws:PrincipalAccount}:stream/orders' }))] }, {}, 'no identity-based'],
  ])('%s', (_rule, policies, request, expected) => {
    expect(outcome(policies, request)).toBe(expected);
  });
});

describe('what AWS would not store is an error, not a decision (Grammar of the IAM JSON policy language)', () => {
  const bad = (statement: Record<string, unknown>) => policy(statement as unknown as Statement);
  const action = { Effect: 'Allow', Action: '*' };
  // biome-ignore format: a case is a line
  test.each<[string, PolicySet, RegExp]>([
    ['another version', { identity: [policy(allow(), '2020-01-01')] }, /version '2020-01-01'/],
    ['no statement', { identity: [{ Version: '2012-10-17' } as unknown as Policy] }, /no Statement/],
    ['another effect', { identity: [bad({ ...action, Effect: 'allow', Resource: '*' })] }, /Effect/],
    ['Action and NotAction', { identity: [policy({ ...allow(), NotAction: 'x:y' })] }, /Action and NotAction/],
    ['neither Action nor NotAction', { identity: [bad({ Effect: 'Allow', Resource: '*' })] }, /Action and NotAction/],
    ['no resource', { identity: [bad(action)] }, /Resource and NotResource/],
    ['a principal in an identity-based policy', { identity: [policy(allow({ Principal: '*', Sid: 'A' }))] }, /'A' must have no Principal/],
    ['no principal in a resource-based policy', { resource: ALL }, /Principal and NotPrincipal/],
    ['a resource in a trust policy', { trust: grant('*') }, /no Resource/],
    ['an operator that does not exist', { boundary: policy(allow({ Condition: { StringIs: { a: 'b' } } })) }, /'StringIs'/],
    ['in a statement that does not apply', { identity: [policy([allow(), deny({ Action: 'a:b', Condition: { Nullify: { a: 'b' } } })])] }, /operator/],
  ])('%s', (_what, policies, message) => {
    expect(() => evaluate(asked(), policies)).toThrow(PolicyError);
    expect(() => evaluate(asked(), policies)).toThrow(message);
  });
});

describe('the text (Troubleshoot access denied error messages)', () => {
  const text = (policies: PolicySet, request: Asked = {}) => {
    const decision = evaluate(asked(request), policies);
    return decision.allowed ? 'allowed' : denialText(asked(request), decision.reason);
  };
  const start = `User: ${SESSION} is not authorized to perform: ${ACTION}`;
  const no: Policy = policy(deny({ Sid: 'No' }));
  // biome-ignore format: a case is a line
  test.each<[string, PolicySet, Asked, string]>([
    ['no identity-based policy', {}, {}, `${start} on resource: ${OWN} because no identity-based policy allows the ${ACTION} action`],
    ['no resource-based policy', { identity: [ALL] }, { resource: SHARED }, `${start} on resource: ${SHARED} because no resource-based policy allows the ${ACTION} action`],
    ['no permissions boundary', { identity: [ALL], boundary: OTHER }, {}, `${start} on resource: ${OWN} because no permissions boundary allows the ${ACTION} action`],
    ['no session policy', { identity: [ALL], session: [OTHER] }, {}, `${start} on resource: ${OWN} because no session policy allows the ${ACTION} action`],
    ['no service control policy', { identity: [ALL], serviceControl: [[]] }, {}, `${start} on resource: ${OWN} because no service control policy allows the ${ACTION} action`],
    ['denied by an identity-based policy', { identity: [no] }, {}, `${start} on resource: ${OWN} with an explicit deny in an identity-based policy`],
    ['denied by a resource-based policy', { resource: policy(deny({ Principal: '*' })) }, {}, `${start} on resource: ${OWN} with an explicit deny in a resource-based policy`],
    ['denied by a permissions boundary', { boundary: no }, {}, `${start} on resource: ${OWN} with an explicit deny in a permissions boundary`],
    ['denied by a service control policy', { serviceControl: [[no]] }, {}, `${start} on resource: ${OWN} with an explicit deny in a service control policy`],
    ['denied by a session policy', { session: [no] }, {}, `${start} on resource: ${OWN} with an explicit deny in a session policy`],
    ['without a resource', {}, { caller: user, action: 'cloudwatch:PutMetricData', resource: '*' }, `User: ${USER} is not authorized to perform: cloudwatch:PutMetricData because no identity-based policy allows the cloudwatch:PutMetricData action`],
    ['SQS has its actions in lower case', {}, { action: 'sqs:SendMessage' }, `User: ${SESSION} is not authorized to perform: sqs:sendmessage on resource: ${OWN} because no identity-based policy allows the sqs:sendmessage action`],
    ['the root user', {}, { caller: root, resource: SHARED }, `User: ${ROOT} is not authorized to perform: ${ACTION} on resource: ${SHARED} because no resource-based policy allows the ${ACTION} action`],
  ])('%s', (_what, policies, request, expected) => {
    expect(text(policies, request)).toBe(expected);
  });
});
