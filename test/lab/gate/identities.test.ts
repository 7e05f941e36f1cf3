import { callerIdentity } from '../../../lab/gate/caller-identity.js';
import { Identities } from '../../../lab/gate/identities.js';
import { Queues } from '../../../lab/gate/queues.js';
import { statementPositions } from '../../../lab/gate/statement-positions.js';
import type { Policy, Statement } from '../../../lab/iam/types.js';
import { ALL, allow, policy, READER, ROLE, USER } from '../helpers/access.js';

const wrong = (elements: object) => policy({ ...allow(), ...elements } as Statement);
const NOT_THERE = 'The security token included in the request is invalid.';

describe('a policy that AWS would not store is refused when it is set', () => {
  test.each<[string, Policy, string]>([
    ['a principal', wrong({ Principal: '*' }), 'must have no Principal'],
    ['no action', wrong({ Action: undefined }), 'needs one of Action and NotAction'],
    ['an action that is no text', wrong({ Action: [7] }), 'Action is neither a text nor a list of texts'],
    ['an empty list', wrong({ Resource: [] }), 'Resource is neither a text nor a list of texts'],
    ['an element that does not exist', wrong({ Actions: '*' }), "no element 'Actions'"],
    ['an operator that does not exist', wrong({ Condition: { Is: {} } }), "no condition operator 'Is'"],
    ['a condition without keys', wrong({ Condition: { Bool: 'a' } }), "'Bool' has no keys"],
    [
      'an address that does not exist',
      wrong({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } } }),
      'not an IP address or range',
    ],
    ['another version', { ...ALL, Version: '2024' }, "no policy version '2024'"],
  ])('of a user or role: %s', (_what, document, message) => {
    const identities = new Identities();

    expect(() => identities.addUser(USER, [ALL, document])).toThrow(`a policy of ${USER} is not valid: `);
    expect(() => identities.setRole({ arn: ROLE, policies: [document] })).toThrow(message);
    expect(() => identities.setRole({ arn: ROLE, policies: [], boundary: document })).toThrow(message);
    expect(() => identities.setRole({ arn: ROLE, policies: [], serviceControl: [[document]] })).toThrow(
      message,
    );
    expect(identities.ids.exists(ROLE)).toBeUndefined();
    expect(() => identities.assume({ arn: ROLE, policies: [] }, 's', { session: [document] })).toThrow(
      message,
    );
  });

  test('of a trust policy', () => {
    const trust = wrong({ Principal: '*', Action: 'sts:AssumeRole' });

    expect(() => new Identities().setRole({ arn: ROLE, policies: [], trust })).toThrow(
      'must have no Resource',
    );
  });

  test('of a queue', () => {
    const queue = new Queues().create(READER, 'us-east-1', 'failed');
    const good = JSON.stringify(wrong({ Principal: '*' }));
    queue.policy = good;

    for (const text of ['{', JSON.stringify(ALL), JSON.stringify(wrong({ Principal: { Aws: '*' } }))]) {
      expect(() => {
        queue.policy = text;
      }).toThrow(`the policy of ${queue.arn} `);
    }
    expect(queue.policy).toBe(good);
    queue.policy = undefined;
    expect(queue.policy).toBeUndefined();
  });
});

test('what is deleted can no longer call, and what is created again has another id', () => {
  const identities = new Identities();
  const { accessKeyId } = identities.addUser(USER, []);
  const role = identities.setRole({ arn: ROLE, policies: [] });
  const session = () => identities.assume(role, 'session');
  const { accessKeyId: first, sessionToken } = session();
  const idOf = (key: string, token?: string) =>
    callerIdentity(identities.authenticate(key, token).caller, identities.ids).UserId;
  const before = [idOf(accessKeyId), idOf(first, sessionToken)];

  identities.deleteUser(USER);
  identities.deleteRole(ROLE);
  identities.deleteRole(`${ROLE}-2`);
  expect(identities.role(ROLE)).toBeUndefined();
  expect(() => identities.authenticate(accessKeyId, undefined)).toThrow(NOT_THERE);
  identities.setRole(role);
  expect(() => identities.authenticate(first, sessionToken)).toThrow(NOT_THERE);
  const { accessKeyId: second, sessionToken: token } = session();
  const after = [idOf(identities.addUser(USER, []).accessKeyId), idOf(second, token)];

  expect(before).toEqual([expect.stringMatching(/^AIDA/), expect.stringMatching(/^AROA.*:session$/)]);
  expect(after).toEqual([expect.stringMatching(/^AIDA/), expect.stringMatching(/^AROA.*:session$/)]);
  expect(after[0]).not.toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
});

test.each([
  [
    '{"Version":"2012-10-17","Statement":[{"Sid":"a"},{"Sid":"b"}]}',
    ['line 1, column 38', 'line 1, column 50'],
  ],
  ['{"Statement":{"Principal":{"AWS":"*"},"Condition":{"Bool":{"a":"b"}}}}', ['line 1, column 14']],
  ['{\n  "Id": "\\"Statement\\":[{",\n  "Statement": [\n    {}\n  ]\n}', ['line 4, column 5']],
  ['{"Statement":[],"Id":{}}', []],
])('where the statements of %s begin', (text, positions) => {
  expect(statementPositions(text)).toEqual(positions);
});
