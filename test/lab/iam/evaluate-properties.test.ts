import fc from 'fast-check';
import { evaluate } from '../../../lab/iam/evaluate.js';
import { actionMatches, resourceMatches, textMatches } from '../../../lab/iam/patterns.js';
import {
  type Context,
  type Decision,
  listOf,
  type Policy,
  type PolicySet,
  type Statement,
} from '../../../lab/iam/types.js';
import {
  ACTION,
  asked,
  KEY,
  OWN,
  OWNER,
  policy,
  READER,
  ROLE,
  ROOT,
  role,
  root,
  SESSION,
  SHARED,
  session,
  USER,
  user,
} from '../helpers/access.js';

/** The lab gives it no value. */
const UNKNOWN = 'aws:ResourceTag/team';

// Few values, so that statements often apply and often do not.
const condition = fc.constantFrom(
  undefined,
  { Bool: { 'aws:SecureTransport': 'true' } },
  { StringNotEquals: { 'aws:PrincipalAccount': OWNER } },
  { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } },
  { StringEquals: { [UNKNOWN]: 'a' } },
  { StringNotEqualsIfExists: { [UNKNOWN]: 'a' }, Bool: { 'aws:SecureTransport': 'false' } },
);
const elements = fc.record({
  action: fc.constantFrom<Partial<Statement>>(
    { Action: '*' },
    { Action: ['kinesis:Get*', 'kms:x'] },
    { NotAction: ACTION },
  ),
  resource: fc.constantFrom<Partial<Statement>>(
    { Resource: '*' },
    { Resource: OWN },
    { NotResource: [SHARED, KEY] },
  ),
  condition,
});
const principals = fc.constantFrom<Partial<Statement>>(
  { Principal: '*' },
  ...[ROLE, SESSION, USER, ROOT, OWNER].map((AWS) => ({ Principal: { AWS } })),
  { Principal: { Service: 'lambda.amazonaws.com' } },
);
const exceptions = fc.constantFrom<Partial<Statement>>(
  { NotPrincipal: { AWS: [SESSION, ROLE, ROOT] } },
  { NotPrincipal: { AWS: USER } },
);

type Effect = Statement['Effect'];
const effects = fc.constantFrom<Effect>('Allow', 'Allow', 'Allow', 'Deny');
function statementOf(
  effect: fc.Arbitrary<Effect>,
  who: fc.Arbitrary<Partial<Statement>>,
): fc.Arbitrary<Statement> {
  return fc.record({ effect, who, elements }).map(({ effect: Effect, who: principal, elements: of }) => ({
    Effect,
    ...principal,
    ...of.action,
    ...of.resource,
    ...(of.condition === undefined ? {} : { Condition: of.condition }),
  }));
}
const nobody = fc.constant({});
const anyone = fc.oneof(principals, exceptions);
const policyOf = (statement: fc.Arbitrary<Statement>): fc.Arbitrary<Policy> =>
  fc.array(statement, { minLength: 1, maxLength: 4 }).map((list) => policy(list));
const ofIdentity = policyOf(statementOf(effects, nobody));
const ofResource = policyOf(statementOf(effects, anyone));

const identities = fc.array(ofIdentity, { maxLength: 3 });
/** Seldom: whatever else there is decides only where these allow. */
const overRequest = fc.oneof(
  { arbitrary: fc.constant<PolicySet>({}), weight: 3 },
  {
    arbitrary: fc.record(
      {
        resourceControl: fc.array(fc.array(ofResource, { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
        vpcEndpoint: ofResource,
      },
      { requiredKeys: [] },
    ),
    weight: 1,
  },
);
const policySets: fc.Arbitrary<PolicySet> = fc
  .record(
    {
      identity: identities,
      boundary: ofIdentity,
      session: identities,
      serviceControl: fc.array(fc.array(ofIdentity, { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
      resource: ofResource,
      key: ofResource,
    },
    { requiredKeys: [] },
  )
  // At most one policy is attached to a resource.
  .map(({ key, ...set }) => (set.resource === undefined && key !== undefined ? { ...set, key } : set))
  .chain((set) => overRequest.map((over) => ({ ...set, ...over })));

const requests = fc
  .record({
    caller: fc.constantFrom(user, role, session, root),
    action: fc.constantFrom(ACTION, 'kinesis:PutRecord'),
    resource: fc.constantFrom(OWN, SHARED, KEY),
    context: fc.constantFrom<Context>(
      { 'aws:SecureTransport': 'false' },
      { 'aws:SecureTransport': 'true' },
      { 'aws:SecureTransport': 'true', 'aws:TagKeys': ['a', 'c'] },
    ),
  })
  .map(asked);

const RUNS = { numRuns: 600 };

/** Where a policy may be added, and the set with it. */
const additions = {
  identity: (set: PolicySet, added: Policy): PolicySet => ({
    ...set,
    identity: [...(set.identity ?? []), added],
  }),
  boundary: (set: PolicySet, added: Policy): PolicySet => ({ ...set, boundary: merged(set.boundary, added) }),
  // To a list that is empty a first policy would be a limit, not an allow.
  session: (set: PolicySet, added: Policy): PolicySet =>
    set.session?.length ? { ...set, session: [...set.session, added] } : set,
  serviceControl: (set: PolicySet, added: Policy): PolicySet =>
    set.serviceControl === undefined
      ? set
      : { ...set, serviceControl: set.serviceControl.map((level) => [...level, added]) },
  resourceControl: (set: PolicySet, added: Policy): PolicySet =>
    set.resourceControl === undefined
      ? set
      : { ...set, resourceControl: set.resourceControl.map((level) => [...level, added]) },
  vpcEndpoint: (set: PolicySet, added: Policy): PolicySet => ({
    ...set,
    vpcEndpoint: merged(set.vpcEndpoint, added),
  }),
  resource: (set: PolicySet, added: Policy): PolicySet =>
    set.key === undefined
      ? { ...set, resource: merged(set.resource, added) }
      : { ...set, key: merged(set.key, added) },
};

function merged(existing: Policy | undefined, added: Policy): Policy {
  return existing === undefined ? added : policy([...listOf(existing.Statement), ...listOf(added.Statement)]);
}

type Place = keyof typeof additions;
const places = fc.constantFrom(...(Object.keys(additions) as Place[]));
/** Where statements have a Principal. */
const withPrincipal = (place: Place) => ['resource', 'resourceControl', 'vpcEndpoint'].includes(place);

test('an allow that is added to an existing policy, or to those that grant, takes no access away', () => {
  const allows = fc.constant<Effect>('Allow');
  fc.assert(
    fc.property(
      policySets,
      requests,
      places,
      policyOf(statementOf(allows, nobody)),
      policyOf(statementOf(allows, principals)),
      (set, request, place, forIdentity, forResource) => {
        // A first boundary is a limit, whatever it allows; and so is a first policy of an endpoint.
        fc.pre((place !== 'boundary' && place !== 'vpcEndpoint') || set[place] !== undefined);
        const more = additions[place](set, withPrincipal(place) ? forResource : forIdentity);
        expect(evaluate(request, set).allowed && !evaluate(request, more).allowed).toBe(false);
      },
    ),
    RUNS,
  );
});

test('an explicit deny wins, in whatever policy it is', () => {
  fc.assert(
    fc.property(policySets, requests, places, (set, request, place) => {
      const everything = { Effect: 'Deny', Action: '*', Resource: '*' } as const;
      const denial = policy(withPrincipal(place) ? { ...everything, Principal: '*' } : everything);
      const more = additions[place](set, denial);
      // Where there is no list to add it to, nothing was added.
      const levels = place === 'serviceControl' || place === 'resourceControl' ? set[place] : undefined;
      fc.pre(more !== set && levels?.length !== 0);
      const decision = evaluate(request, more);
      expect(decision.allowed ? undefined : decision.reason.kind).toBe('explicit-deny');
    }),
    RUNS,
  );
});

test('a deny that is added gives no access', () => {
  const denials = fc.constant<Effect>('Deny');
  fc.assert(
    fc.property(
      policySets,
      requests,
      places,
      policyOf(statementOf(denials, nobody)),
      policyOf(statementOf(denials, anyone)),
      (set, request, place, forIdentity, forResource) => {
        const more = additions[place](set, withPrincipal(place) ? forResource : forIdentity);
        expect(!evaluate(request, set).allowed && evaluate(request, more).allowed).toBe(false);
      },
    ),
    RUNS,
  );
});

test('the order of policies and of statements does not matter', () => {
  const reversed = <T>(list: readonly T[]) => [...list].reverse();
  const turned = (one: Policy): Policy => policy(reversed(listOf(one.Statement)));
  const turn = (set: PolicySet): PolicySet => ({
    ...(set.identity && { identity: reversed(set.identity.map(turned)) }),
    ...(set.boundary && { boundary: turned(set.boundary) }),
    ...(set.session && { session: reversed(set.session.map(turned)) }),
    ...(set.serviceControl && {
      serviceControl: reversed(set.serviceControl.map((level) => reversed(level.map(turned)))),
    }),
    ...(set.resourceControl && {
      resourceControl: reversed(set.resourceControl.map((level) => reversed(level.map(turned)))),
    }),
    ...(set.vpcEndpoint && { vpcEndpoint: turned(set.vpcEndpoint) }),
    ...(set.resource && { resource: turned(set.resource) }),
    ...(set.key && { key: turned(set.key) }),
  });
  fc.assert(
    fc.property(policySets, requests, (set, request) => {
      // Unknown keys are named with the numbers of their statements.
      const withoutNumbers = (decision: Decision) =>
        decision.allowed || decision.unknown === undefined
          ? decision
          : {
              ...decision,
              unknown: decision.unknown.map(({ key, policyType }) => `${policyType} ${key}`).sort(),
            };
      expect(withoutNumbers(evaluate(request, turn(set)))).toEqual(withoutNumbers(evaluate(request, set)));
    }),
    RUNS,
  );
});

test('across accounts nobody gets in whom the owner does not name', () => {
  fc.assert(
    fc.property(policySets, requests, ({ resource: _r, key: _k, ...set }, request) => {
      fc.pre(request.resource.account !== READER);
      expect(evaluate(request, set).allowed).toBe(false);
    }),
    RUNS,
  );
});

describe('a condition key that is unknown', () => {
  const values = fc.constantFrom<Context>({ [UNKNOWN]: [] }, { [UNKNOWN]: 'a' }, { [UNKNOWN]: 'b' });
  const known = fc.record({ set: policySets, request: requests, value: values });

  test('what is allowed is allowed whatever its value is', () => {
    fc.assert(
      fc.property(known, ({ set, request, value }) => {
        const completed = { ...request, context: { ...request.context, ...value } };
        expect(evaluate(request, set).allowed && !evaluate(completed, set).allowed).toBe(false);
      }),
      RUNS,
    );
  });

  test('what is denied, and decided otherwise for some value, names it', () => {
    fc.assert(
      fc.property(known, ({ set, request, value }) => {
        const decision = evaluate(request, set);
        const completed = evaluate({ ...request, context: { ...request.context, ...value } }, set);
        if (decision.allowed || sameReason(decision, completed)) return;
        expect(decision.unknown?.map(({ key }) => key)).toContain(UNKNOWN);
      }),
      RUNS,
    );
  });

  test('it is not named where its value is known', () => {
    fc.assert(
      fc.property(known, ({ set, request, value }) => {
        const completed = { ...request, context: { ...request.context, ...value } };
        expect(evaluate(completed, set)).not.toHaveProperty('unknown');
      }),
      RUNS,
    );
  });

  function sameReason(a: Decision, b: Decision): boolean {
    return (
      !a.allowed &&
      !b.allowed &&
      a.reason.kind === b.reason.kind &&
      a.reason.policyType === b.reason.policyType
    );
  }
});

test('decisions of both kinds occur in these properties', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(policySets, requests, (set, request) => {
      const decision = evaluate(request, set);
      seen.add(decision.allowed ? 'allowed' : `${decision.reason.kind} ${decision.reason.policyType}`);
    }),
    // Always the same: it looks at what is generated.
    { numRuns: 2_000, seed: 1 },
  );
  expect([...seen].sort()).toEqual(
    [
      'allowed',
      ...[
        'identity-based',
        'permissions-boundary',
        'resource-based',
        'resource-control',
        'service-control',
        'session',
        'vpc-endpoint',
      ].flatMap((type) => [`explicit-deny ${type}`, `implicit-deny ${type}`]),
    ].sort(),
  );
});

/** By trying every length for every asterisk. */
function naive(pattern: string, text: string): boolean {
  const [first] = pattern;
  if (first === undefined) return text === '';
  const rest = pattern.slice(1);
  if (first === '*') return [...text, ''].some((_, skipped) => naive(rest, text.slice(skipped)));
  return text !== '' && (first === '?' || first === text[0]) && naive(rest, text.slice(1));
}

const texts = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/'), maxLength: 9 });
const patterns = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '*', '?'), maxLength: 7 });

test('wildcards agree with a matcher that tries everything', () => {
  fc.assert(
    fc.property(patterns, texts, (pattern, text) => {
      expect(textMatches(pattern, text, undefined)).toBe(naive(pattern, text));
      expect(actionMatches(pattern.toUpperCase(), text)).toBe(naive(pattern, text));
      const prefix = 'arn:aws:kinesis:us-east-1:222222222222:';
      expect(resourceMatches(prefix + pattern, prefix + text, undefined)).toBe(naive(pattern, text));
    }),
    RUNS,
  );
});

/** As the documentation's rule reads: an asterisk within a segment and a question mark match no colon. */
function naiveResource(pattern: string, text: string, colons = 0): boolean {
  const [first, second] = pattern;
  if (first === undefined) return text === '';
  const rest = pattern.slice(1);
  const within = colons < 5;
  if (first === '*') {
    const confined = within && second !== ':' && second !== undefined;
    const longest = confined && text.includes(':') ? text.indexOf(':') : text.length;
    return [...text.slice(0, longest), ''].some((_, skipped) =>
      naiveResource(rest, text.slice(skipped), colons),
    );
  }
  const same = first === '?' ? !(within && text[0] === ':') : first === text[0];
  return text !== '' && same && naiveResource(rest, text.slice(1), first === ':' ? colons + 1 : colons);
}

test('wildcards in an ARN agree with a matcher that tries everything', () => {
  fc.assert(
    fc.property(patterns, texts, (pattern, text) => {
      expect(resourceMatches(pattern, text, undefined)).toBe(naiveResource(pattern, text));
    }),
    RUNS,
  );
});

test('a thousand asterisks take no time', () => {
  expect(textMatches(`${'*a'.repeat(1000)}b`, 'a'.repeat(2000), undefined)).toBe(false);
});
