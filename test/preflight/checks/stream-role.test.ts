import type { STSClient } from '@aws-sdk/client-sts';
import { parseReaderArn } from '../../../src/aws/reader-arn.js';
import { streamRoleCheck } from '../../../src/preflight/checks/stream-role.js';
import { namedError } from '../../aws/helpers/named-error.js';
import { find, given } from '../helpers/run.js';

const reader = parseReaderArn('arn:aws:iam::111111111111:role/stream-reader');
const DENIED = `User: arn:aws:sts::222222222222:assumed-role/worker/1 is not authorized to perform: sts:AssumeRole on resource: ${reader.arn}`;

async function assume(text: string) {
  const sts = {
    send: () => Promise.reject(namedError('AccessDenied', text, 403)),
  } as unknown as STSClient;
  return find(streamRoleCheck({ reader, sts }, given(undefined)));
}

test('a role that nothing allows to assume is a matter of both sides', async () => {
  expect(await assume(DENIED)).toMatchObject({
    status: 'failed',
    message: DENIED,
    remedy: expect.stringContaining(`The trust policy of ${reader.arn} must let these credentials assume it`),
  });
});

test('a Deny is not answered with a statement that is missing', async () => {
  const text = `${DENIED} with an explicit deny in a service control policy`;

  expect(await assume(text)).toMatchObject({
    status: 'failed',
    message: expect.stringContaining(text),
    remedy: expect.stringMatching(/must take sts:AssumeRole out of its Deny/),
  });
});
