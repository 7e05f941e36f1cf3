import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { KMSClient } from '@aws-sdk/client-kms';
import { keyPolicyStore, resourcePolicyStore } from '../../../src/policy/aws/policy-store.js';
import { namedError } from '../../aws/helpers/named-error.js';
import { CONSUMER, KEY, STREAM } from '../helpers/requests.js';

const refusing = (name: string, text: string) => ({
  send: () => Promise.reject(namedError(name, text, 400)),
});
const putKey = (name: string, text: string) =>
  keyPolicyStore(refusing(name, text) as unknown as KMSClient, KEY).write('{}');
const putResource = (name: string, text: string, consumer = CONSUMER) =>
  resourcePolicyStore(refusing(name, text) as unknown as KinesisClient, STREAM, consumer).write('{}');

test.each([
  [
    'The new key policy will not allow you to update the key policy in the future.',
    /:root\) or kms:PutKeyPolicy/,
  ],
  ['Policy contains a statement with one or more invalid principals.', /^Every principal in it must exist/],
  ['Policy contains a statement with no principal.', /validate-policy/],
])("KMS's '%s' has its own cure", async (text, remedy) => {
  await expect(putKey('MalformedPolicyDocumentException', text)).rejects.toMatchObject({
    message: `the policy of the key ${KEY.arn} can't be changed: MalformedPolicyDocumentException: ${text}`,
    remedy: expect.stringMatching(remedy),
  });
});

test("KMS's limit is one of size, and not of rate", async () => {
  const refused = putKey('LimitExceededException', 'The request was rejected because a limit was exceeded.');
  await expect(refused).rejects.toMatchObject({ remedy: expect.stringMatching(/^Take out statements/) });
});

test.each([
  [
    'InvalidArgumentException',
    'Resource policy contains an invalid principal.',
    /^Every principal in it must exist/,
  ],
  ['InvalidArgumentException', 'The resource policy cannot contain invalid actions.', /kinesis:ListStreams/],
  ['ResourceInUseException', 'Consumer x … is not in ACTIVE status.', /^Try again in a minute/],
  [
    'LimitExceededException',
    'Rate exceeded for stream orders under account 111111111111.',
    /^Try again later/,
  ],
  [
    'ResourceNotFoundException',
    'Consumer x not found.',
    /registered again has another ARN.*list-stream-consumers/,
  ],
])('Kinesis: %s: %s has its own cure', async (name, text, remedy) => {
  await expect(putResource(name, text)).rejects.toMatchObject({ remedy: expect.stringMatching(remedy) });
});
