import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { metricsCheck } from '../../../src/preflight/checks/metrics.js';
import { namedError } from '../../aws/helpers/named-error.js';
import { find, given } from '../helpers/run.js';

async function answered(name: string) {
  const cloudwatch = {
    send: () => Promise.reject(namedError(name, 'as AWS says', 400)),
  } as unknown as CloudWatchClient;
  return find(metricsCheck({ namespace: 'app', level: 'DETAILED', cloudwatch }, given(undefined)));
}

test.each([
  'MissingParameter',
  'MissingRequiredParameterException',
  'ValidationError',
  'InvalidParameterValueException',
])('CloudWatch asks for a metric only of those who may send one: %s', async (name) => {
  expect(await answered(name)).toMatchObject({ status: 'passed' });
});

test.each([
  ['InvalidClientTokenId', 'failed', /credentials are not valid/],
  ['MissingAuthenticationTokenException', 'failed', /credentials are not valid/],
  // An endpoint of another service.
  ['InvalidAction', 'error', /InvalidAction/],
])('%s is no such answer', async (name, status, message) => {
  expect(await answered(name)).toMatchObject({ status, message: expect.stringMatching(message) });
});
