import fc from 'fast-check';
import { cautionsOf } from '../../src/policy/cautions.js';
import { mergeStatement } from '../../src/policy/merge.js';
import type { Condition } from '../../src/policy/types.js';
import { readerStatement, target } from './helpers/arbitraries.js';
import { accessOf, allowed, callersOf, readers } from './helpers/judged-policies.js';
import { STREAM } from './helpers/requests.js';

const NOW = new Date('2027-01-31T00:00:00Z');
const PLAUSIBLE = ['o-1', 'o-2', []].map((organization) => ({
  'aws:CurrentTime': NOW.toISOString(),
  'aws:EpochTime': String(NOW.getTime() / 1000),
  'aws:SecureTransport': 'true',
  'aws:PrincipalIsAWSService': 'false',
  'aws:PrincipalOrgID': organization,
}));

const times = fc.constantFrom('2026-01-01', '2028-01-01T00:00:00Z', '1700000000', '1900000000');
const strings = fc.constantFrom('StringEquals', 'StringLike', 'StringNotEquals', 'StringEqualsIfExists');
const entry = fc.oneof(
  fc.tuple(
    fc.constantFrom('DateLessThan', 'DateGreaterThan', 'DateLessThanEqualsIfExists', 'DateEquals'),
    fc.constantFrom('aws:CurrentTime', 'aws:EpochTime'),
    times,
  ),
  fc.tuple(
    fc.constantFrom('NumericLessThan', 'NumericGreaterThan'),
    fc.constant('aws:EpochTime'),
    fc.constantFrom('1700000000', '1900000000'),
  ),
  fc.tuple(
    fc.constantFrom('StringEquals', 'ArnLike', 'ArnNotEquals', 'StringLike'),
    fc.constant('aws:PrincipalArn'),
    fc.constantFrom(
      ...readers.map(({ arn }) => arn),
      'arn:aws:iam::222222222222:*',
      'arn:aws:sts::222222222222:assumed-role/orders-reader/*',
    ),
  ),
  fc.tuple(strings, fc.constant('aws:PrincipalAccount'), fc.constantFrom('111111111111', '222222222222')),
  fc.tuple(strings, fc.constant('aws:PrincipalOrgID'), fc.constantFrom('o-1', 'o-2')),
  fc.tuple(
    fc.constantFrom('Bool', 'BoolIfExists'),
    fc.constantFrom('aws:SecureTransport', 'aws:PrincipalIsAWSService'),
    fc.constantFrom('true', 'false'),
  ),
  fc.tuple(
    fc.constant('Null'),
    fc.constantFrom('aws:PrincipalArn', 'aws:PrincipalOrgID', 'kms:ViaService'),
    fc.constantFrom('true', 'false'),
  ),
);
const condition = fc.array(entry, { minLength: 1, maxLength: 2 }).map((entries) => {
  const found: Record<string, Record<string, string>> = {};
  for (const [operator, key, value] of entries) found[operator] = { ...found[operator], [key]: value };
  return found as Condition;
});

test("a reader's own statement that allows nothing after apply has a caution about access", () => {
  let never = 0;
  fc.assert(
    fc.property(fc.constantFrom(...readers), target, condition, (reader, to, added) => {
      const expected = readerStatement(reader, to);
      const inForce = { Statement: [{ ...expected, Condition: { ...expected.Condition, ...added } }] };
      const merged = mergeStatement(inForce, expected);
      const access = accessOf(reader, to);
      const allows = callersOf(reader).some((caller) =>
        allowed(caller, expected.Action?.[0] ?? '', to, merged.Statement, PLAUSIBLE).includes(true),
      );
      if (allows || (to !== 'key' && JSON.stringify(added).includes('kms:'))) return;

      never++;
      const ranks = cautionsOf(merged, { ...access, owner: STREAM.account, expected }, NOW).map(
        ({ rank }) => rank,
      );
      expect(ranks).toContain('access');
    }),
    { numRuns: 3_000 },
  );
  expect(never).toBeGreaterThan(500);
});
