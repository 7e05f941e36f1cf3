import { EnvironmentError } from '../../../src/errors/errors.js';
import { type CheckId, defineCheck, passed } from '../../../src/preflight/check.js';
import {
  type JavaCredentials,
  javaCredentialsCheck,
} from '../../../src/preflight/checks/java-credentials.js';
import { runChecks } from '../../../src/preflight/runner.js';

const holds = (id: string) =>
  defineCheck({
    id: id as CheckId,
    asserts: id,
    fixedBy: 'reader',
    needs: [],
    run: async () => passed('', undefined),
  });

async function findingOf(answer: JavaCredentials | Error, streamRole = false) {
  const ask = () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer));
  const check = javaCredentialsCheck(
    ask,
    streamRole ? holds('stream-role') : undefined,
    holds('java'),
    holds('kcl-version'),
  );
  const { findings } = await runChecks([check]);
  return findings[0];
}

const own = { accessKeyId: 'ASIAOWN1234' };
const all = (entry: object) => ({ Kinesis: entry, DynamoDB: entry, CloudWatch: entry });

test.each([
  ['the same key', { services: all(own) }, false, 'passed', /same access key id .*…1234$/],
  [
    'a key of a role for the stream',
    { services: { ...all(own), Kinesis: { accessKeyId: 'ASIAROLE', arn: 'arn:role' } } },
    true,
    'passed',
    /same access key id/,
  ],
  [
    'keys of somebody else',
    { services: all({ accessKeyId: 'AKIAOTHER', arn: 'arn:other' }) },
    false,
    'warning',
    /^KCL calls Kinesis, DynamoDB and CloudWatch as arn:other: /,
  ],
  [
    'keys whose owner is unknown',
    { services: { ...all(own), DynamoDB: { accessKeyId: 'AKIAOTHER', unknown: 'refused' } } },
    false,
    'warning',
    /^KCL calls DynamoDB as access key id …THER, whose owner is unknown: refused: /,
  ],
  [
    'none for one service',
    { services: { ...all(own), DynamoDB: { failure: 'no profile' } } },
    false,
    'failed',
    /^KCL has no valid credentials for DynamoDB: no profile$/,
  ],
])('%s', async (_what, { services }, streamRole, status, message) => {
  expect(await findingOf({ ownAccessKeyId: own.accessKeyId, services }, streamRole)).toMatchObject({
    status,
    message: expect.stringMatching(message),
  });
});

test.each([
  [
    'nothing is known in either process',
    undefined,
    all({ unknown: 'STS: timeout' }),
    false,
    'Kinesis, DynamoDB and CloudWatch',
  ],
  [
    'nothing is known in the JVM',
    own.accessKeyId,
    all({ unknown: 'STS: timeout' }),
    false,
    'Kinesis, DynamoDB and CloudWatch',
  ],
  [
    'nothing is known of the role',
    own.accessKeyId,
    { ...all(own), Kinesis: { unknown: 'STS: timeout' } },
    true,
    'Kinesis',
  ],
] as const)('%s', async (_what, ownAccessKeyId, services, streamRole, names) => {
  expect(await findingOf({ ownAccessKeyId, services }, streamRole)).toMatchObject({
    status: 'error',
    message: `whether KCL has credentials for ${names} is unknown: STS: timeout`,
  });
});

test('a configuration that the launcher refuses', async () => {
  expect(await findingOf(new EnvironmentError('KCL knows no provider'))).toMatchObject({
    status: 'failed',
    message: 'KCL knows no provider',
  });
});
