import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type Sts, startSts } from '../../lab/sts.js';

const ROLE = 'arn:aws:iam::111111111111:role/stream-reader';
const GUARDED = 'arn:aws:iam::111111111111:role/guarded';
const TRUSTED = '222222222222';

let sts: Sts;
beforeEach(async () => {
  sts = await startSts([
    { arn: ROLE, trusts: TRUSTED },
    { arn: GUARDED, trusts: TRUSTED, externalId: 'secret' },
  ]);
});
afterEach(() => sts.stop());

function clientOf(account: string): STSClient {
  const credentials = { accessKeyId: account, secretAccessKey: 'lab' };
  return new STSClient({ region: 'us-east-1', credentials, endpoint: sts.endpoint });
}

function assume(RoleArn: string, { as = TRUSTED, externalId = undefined as string | undefined } = {}) {
  const external = externalId === undefined ? {} : { ExternalId: externalId };
  return clientOf(as).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test', ...external }));
}

test('who assumes a role gets credentials of its account, for an hour', async () => {
  const before = Date.now();
  const { Credentials: given, AssumedRoleUser: user } = await assume(ROLE);

  expect(given).toMatchObject({ AccessKeyId: '111111111111', SessionToken: expect.any(String) });
  expect((given?.Expiration?.getTime() ?? 0) - before).toBeGreaterThanOrEqual(3_599_000);
  expect((given?.Expiration?.getTime() ?? 0) - Date.now()).toBeLessThanOrEqual(3_600_000);
  expect(user?.Arn).toBe('arn:aws:sts::111111111111:assumed-role/stream-reader/lab');
});

test('the roles that were assumed are noted in order, each time', async () => {
  await assume(ROLE);
  await assume(GUARDED, { externalId: 'secret' });
  await assume(ROLE);

  expect(sts.assumed).toEqual([ROLE, GUARDED, ROLE]);
});

test.each([
  ['another account', ROLE, { as: '333333333333' }],
  ['no external id', GUARDED, {}],
  ['another external id', GUARDED, { externalId: 'guess' }],
  ['a role that does not exist', `${ROLE}-2`, {}],
])('%s is denied as AWS denies, and not noted', async (_what, role, options) => {
  await expect(assume(role, options)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringMatching(/is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::/),
    $metadata: { httpStatusCode: 403 },
  });
  expect(sts.assumed).toEqual([]);
});

test('every other action is denied', async () => {
  await expect(clientOf(TRUSTED).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
});

test('after stop() nobody answers, although a client keeps its connection open', async () => {
  const other = await startSts([]);
  await fetch(other.endpoint, { method: 'POST' }).then((answer) => answer.text());
  await other.stop();

  await expect(fetch(other.endpoint, { method: 'POST' })).rejects.toThrow('fetch failed');
});
