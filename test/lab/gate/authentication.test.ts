import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { jest } from '@jest/globals';
import type { Credentials } from '../../../lab/gate/gate.js';
import { createStream } from '../../../lab/lab.js';
import { ALL, OWNER, READER, ROLE, USER } from '../helpers/access.js';
import { answerTo, type GatedLab, startGatedLab } from './helpers/gated-lab.js';
import { headersOf, post } from './helpers/raw.js';

let lab: GatedLab;
beforeAll(async () => {
  lab = await startGatedLab();
  await createStream(lab.owner, 'orders', 1);
  await createStream(lab.reader, 'orders', 1);
});
afterAll(() => lab.stop());

/** Which stream a caller's own `orders` is, or why it may not know. */
async function ownOrders(credentials: Credentials | string): Promise<string> {
  const call = lab.as(credentials).kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'orders' }));
  const refusal = await answerTo(call);
  return refusal === 'ok' ? ((await call).StreamDescriptionSummary?.StreamARN ?? '') : refusal;
}

const session = (seconds?: number) =>
  lab.gate.identities.assume(
    lab.gate.identities.setRole({ arn: ROLE, policies: [ALL] }),
    'test',
    seconds === undefined ? {} : { seconds },
  );

test('a key of 12 digits is the root user of that account, and may do everything in it', async () => {
  expect(await ownOrders(OWNER)).toBe(`arn:aws:kinesis:us-east-1:${OWNER}:stream/orders`);
  expect(await ownOrders(READER)).toBe(`arn:aws:kinesis:us-east-1:${READER}:stream/orders`);
});

test("a user's key and a session's key call in the account of the user and the role", async () => {
  expect(await ownOrders(lab.gate.identities.addUser(USER, [ALL]))).toContain(`:${READER}:`);
  expect(await ownOrders(session())).toContain(`:${READER}:`);
});

const INVALID = 'UnrecognizedClientException: The security token included in the request is invalid.';
test.each<[string, () => Credentials]>([
  ['a key that nobody has', () => ({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' })],
  ['11 digits', () => ({ accessKeyId: '11111111111', secretAccessKey: 'x' })],
  ["another session's token", () => ({ ...session(), sessionToken: session().sessionToken ?? '' })],
  [
    "a session's key without its token",
    () => {
      const { accessKeyId, secretAccessKey } = session();
      return { accessKeyId, secretAccessKey };
    },
  ],
  ["a user's key with a token", () => ({ ...lab.gate.identities.addUser(USER, [ALL]), sessionToken: 'x' })],
])('%s is nobody', async (_what, credentials) => {
  expect(await ownOrders(credentials())).toBe(INVALID);
});

test('in a region that is not enabled, valid credentials of the account are unknown, and only they', async () => {
  const another = '333333333333';
  lab.gate.disableRegion(another, 'us-east-1');
  expect(await ownOrders(another)).toBe(INVALID);
  expect(await ownOrders(session())).toContain(`:${READER}:`);
});

test('a session ends when its time is up', async () => {
  const credentials = session(60);
  expect(await ownOrders(credentials)).toContain(':stream/orders');
  const { expiration } = credentials;
  const now = jest.spyOn(Date, 'now').mockReturnValue(expiration?.getTime() ?? 0);
  try {
    const headers = headersOf('Kinesis_20131202.DescribeStreamSummary', { key: credentials.accessKeyId });
    const answer = await post(
      lab.gate.endpoint,
      { ...headers, 'x-amz-security-token': credentials.sessionToken ?? '' },
      '{"StreamName":"orders"}',
    );
    expect(JSON.parse(String(answer.body))).toEqual({
      __type: 'ExpiredTokenException',
      message: 'The security token included in the request is expired',
    });
  } finally {
    now.mockRestore();
  }
});

test('STS names what it does not know in its own way', async () => {
  const whoIs = (credentials: Credentials) =>
    answerTo(lab.as(credentials).sts.send(new GetCallerIdentityCommand({})));

  expect(await whoIs({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' })).toBe(
    'InvalidClientTokenId: The security token included in the request is invalid.',
  );
  expect(await whoIs(session(-1))).toBe(
    'ExpiredToken: The security token included in the request is expired',
  );
});

test.each([
  ['no signature', undefined, 'MissingAuthenticationTokenException'],
  ['an empty signature', '', 'IncompleteSignatureException'],
  ['another scheme', 'Bearer 111111111111', 'IncompleteSignatureException'],
  [
    'a scope without a region',
    'AWS4-HMAC-SHA256 Credential=111111111111/20261125/kinesis/aws4_request, Signature=00',
    'IncompleteSignatureException',
  ],
  [
    'a scope without a key',
    'AWS4-HMAC-SHA256 Credential=/20261125/us-east-1/kinesis/aws4_request, Signature=00',
    'IncompleteSignatureException',
  ],
])('%s is refused', async (_what, authorization, name) => {
  const { authorization: _, ...others } = headersOf('Kinesis_20131202.DescribeStreamSummary');
  const headers = authorization === undefined ? others : { ...others, authorization };
  const { status, body } = await post(lab.gate.endpoint, headers, '{"StreamName":"orders"}');

  expect(JSON.parse(String(body))).toMatchObject({ __type: name });
  expect(status).toBe(403);
});

test('a role that is given other policies has them in the sessions that it already has', async () => {
  const credentials = session();
  expect(await ownOrders(credentials)).toContain(':stream/orders');
  lab.gate.identities.setRole({ arn: ROLE, policies: [] });

  expect(await ownOrders(credentials)).toMatch(
    /^AccessDeniedException: User: .*assumed-role\/reader\/test is not/,
  );
});
