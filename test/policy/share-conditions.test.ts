import { PolicyError } from '../../src/errors/errors.js';
import { policyCommand } from '../../src/policy/commands.js';
import { grantByOwner, grantRead } from '../../src/policy/grants.js';
import { mergeStatement } from '../../src/policy/merge.js';
import { checkConditions, parseShareCondition } from '../../src/policy/share-conditions.js';
import { CONSUMER, KCL, KEY, LAMBDA } from './helpers/requests.js';

const EXPIRES = { name: 'expires', value: '2999-01-31T00:00:00Z' } as const;
const ORGANIZATION = { name: 'organization', value: 'o-a1b2c3d4e5' } as const;
const ENDPOINT = { name: 'vpc-endpoint', value: 'vpce-0a1b2c3d4e5f67890' } as const;
const ALL = [EXPIRES, ORGANIZATION, ENDPOINT];
const REQUEST = { ...KCL, consumer: CONSUMER, key: KEY };

test.each([
  ['expires=2027-01-31T12:00:00Z', { name: 'expires', value: '2027-01-31T12:00:00Z' }],
  ['expires=2027-01-31T12:00+02:00', { name: 'expires', value: '2027-01-31T10:00:00Z' }],
  ['expires=2027-01-31T23:30:00.250-01:00', { name: 'expires', value: '2027-02-01T00:30:00Z' }],
  ['expires=2028-02-29T00:00:00Z', { name: 'expires', value: '2028-02-29T00:00:00Z' }],
  ['organization=o-a1b2c3d4e5', ORGANIZATION],
  ['vpc-endpoint=vpce-1a2b3c4d', { name: 'vpc-endpoint', value: 'vpce-1a2b3c4d' }],
])('%s is read', (text, expected) => {
  expect(parseShareCondition(text)).toEqual(expected);
});

const DATE = 'needs a date and time with its time zone, such as 2027-01-31T00:00:00Z, not';
test.each([
  ['expires=2027-01-31', `${DATE} '2027-01-31'`],
  ['expires=2027-01-31T00:00:00', `${DATE} '2027-01-31T00:00:00'`],
  ['expires=2027-02-30T00:00:00Z', DATE],
  ['expires=2027-13-01T00:00:00Z', DATE],
  ['expires=2027-01-31T24:00:00Z', DATE],
  ['expires=1800000000', DATE],
  ['expires=', DATE],
  ['organization=o-1', 'needs the id of an organization, such as o-a1b2c3d4e5, not'],
  ['organization=*', 'needs the id of an organization'],
  ['vpc-endpoint=vpc-0a1b2c3d', 'needs the id of a VPC endpoint, such as vpce-0a1b2c3d4e5f67890, not'],
  ['vpc-endpoint=vpce-0a1b2c3d\n', 'needs the id of a VPC endpoint'],
  ['expires', 'is not <name>=<value>, where the name is expires, organization or vpc-endpoint'],
  ['source-ip=10.0.0.0/8', 'where the name is expires, organization or vpc-endpoint'],
  ['', 'where the name is'],
])('%j is refused with what is expected', (text, message) => {
  expect(() => parseShareCondition(text)).toThrow(PolicyError);
  expect(() => parseShareCondition(text)).toThrow(message);
});

test('what would never let the reader in, and a name that is given twice, are refused', () => {
  const now = new Date('2027-01-31T00:00:00Z');
  const expiring = (value: string) => ({ for: 'kcl', conditions: [{ name: 'expires', value }] }) as const;

  expect(() => checkConditions(expiring('2027-01-31T00:00:00Z'), now)).toThrow(
    'the condition expires=2027-01-31T00:00:00Z is in the past',
  );
  expect(() => checkConditions(expiring('2027-01-31T00:00:01Z'), now)).not.toThrow();
  expect(() => checkConditions({ for: 'kcl', conditions: [ORGANIZATION, ORGANIZATION] })).toThrow(
    'given twice',
  );
  expect(() => grantRead({ ...LAMBDA, conditions: [ENDPOINT] })).toThrow(PolicyError);
  expect(() => grantRead({ ...LAMBDA, conditions: [ENDPOINT] })).toThrow("can't be used for Lambda");
  expect(() => grantRead({ ...LAMBDA, conditions: [EXPIRES, ORGANIZATION] })).not.toThrow();
  expect(() => grantRead({ ...KCL, conditions: [{ name: 'expires', value: 'soon' }] })).toThrow(DATE);
});

test("the owner's statements carry them, that of the key without the endpoint; the reader's policy is as without", () => {
  const { readerPolicy, streamPolicy, consumerPolicy, keyPolicyStatement } = grantRead({
    ...REQUEST,
    conditions: ALL,
  });
  const without = grantRead(REQUEST);

  const narrowed = {
    DateLessThan: { 'aws:CurrentTime': EXPIRES.value },
    StringEquals: { 'aws:PrincipalOrgID': ORGANIZATION.value, 'aws:SourceVpce': ENDPOINT.value },
  };
  expect(streamPolicy.Statement[0]).toEqual({ ...without.streamPolicy.Statement[0], Condition: narrowed });
  expect(consumerPolicy?.Statement[0]).toEqual({
    ...without.consumerPolicy?.Statement[0],
    Condition: narrowed,
  });
  expect(keyPolicyStatement?.Condition).toEqual({
    StringEquals: {
      ...without.keyPolicyStatement?.Condition?.StringEquals,
      'aws:PrincipalOrgID': ORGANIZATION.value,
    },
    DateLessThan: { 'aws:CurrentTime': EXPIRES.value },
  });
  expect(readerPolicy).toEqual(without.readerPolicy);
  expect(grantRead({ ...REQUEST, conditions: [] })).toEqual(without);
});

test('one that is asked for takes the place of that in force; one that is not asked for stays', () => {
  const statementFor = (conditions: (typeof ALL)[number][]) =>
    grantByOwner({ ...REQUEST, conditions }).streamPolicy.Statement[0];
  const later = { name: 'expires', value: '2999-12-31T00:00:00Z' } as const;
  const inForce = { Statement: [statementFor([EXPIRES, ORGANIZATION])] };

  expect(mergeStatement(inForce, statementFor([]))).toBe(inForce);
  expect(mergeStatement(inForce, statementFor([later as never])).Statement[0]?.Condition).toEqual({
    StringEquals: { 'aws:PrincipalOrgID': ORGANIZATION.value },
    DateLessThan: { 'aws:CurrentTime': later.value },
  });
});

test('the command of this tool names them', () => {
  expect(policyCommand('apply', { ...REQUEST, conditions: ALL })).toContain(
    ` --condition expires=${EXPIRES.value} --condition organization=o-a1b2c3d4e5 --condition vpc-endpoint=vpce-0a1b2c3d4e5f67890`,
  );
});
