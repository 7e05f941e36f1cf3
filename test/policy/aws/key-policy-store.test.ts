import type { KMSClient } from '@aws-sdk/client-kms';
import { createKmsClient } from '../../../src/aws/clients.js';
import { AccessError, PolicyError } from '../../../src/errors/errors.js';
import { keyPolicyStore } from '../../../src/policy/aws/policy-store.js';
import { environment } from '../../aws/helpers/environment.js';
import { KEY } from '../helpers/requests.js';
import { type KmsStub, startKmsStub } from './helpers/kms-stub.js';

let kms: KmsStub;
let client: KMSClient;
beforeAll(async () => {
  kms = await startKmsStub();
});
afterAll(() => kms.stop());
environment(() => ({
  AWS_ACCESS_KEY_ID: '111111111111',
  AWS_SECRET_ACCESS_KEY: 'lab',
  AWS_ENDPOINT_URL_KMS: kms.endpoint,
}));
beforeEach(() => {
  client = createKmsClient({ region: 'eu-west-1' });
  kms.keys = [{ arn: KEY.arn, policy: '{ "old": true }' }];
  kms.denied.clear();
});
afterEach(() => client.destroy());

test('reads to the letter, and writes', async () => {
  const store = keyPolicyStore(client, KEY);

  expect(await store.read()).toBe('{ "old": true }');
  await store.write('new');

  expect(kms.keys[0]?.policy).toBe('new');
});

test("a key's policy is never deleted", async () => {
  await expect(keyPolicyStore(client, KEY).delete()).rejects.toThrow(PolicyError);
});

test('a key that is missing is told of', async () => {
  kms.keys = [];
  await expect(keyPolicyStore(client, KEY).read()).rejects.toThrow(
    `the policy of the key ${KEY.arn} can't be read: there is no such key`,
  );
});

test.each([
  ['GetKeyPolicy', 'read'],
  ['PutKeyPolicy', 'changed'],
])('%s that is denied is told of with what must be allowed', async (call, what) => {
  kms.denied.add(call);
  const store = keyPolicyStore(client, KEY);

  const refused = call === 'GetKeyPolicy' ? store.read() : store.write('new');

  await expect(refused).rejects.toThrow(AccessError);
  await expect(refused).rejects.toMatchObject({
    message: expect.stringContaining(`can't be ${what}: User: x is not authorized to perform: kms:${call}`),
    remedy: expect.stringContaining(`must allow kms:${call}.`),
  });
});

test('a KMS that does not answer is told of', async () => {
  process.env.AWS_ENDPOINT_URL_KMS = 'http://127.0.0.1:1';
  await expect(keyPolicyStore(createKmsClient({ region: 'eu-west-1' }), KEY).read()).rejects.toMatchObject({
    message: expect.stringContaining("KMS can't be reached"),
    remedy: expect.stringContaining('AWS_ENDPOINT_URL_KMS'),
  });
});
