import { rmSync } from 'node:fs';
import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { jest } from '@jest/globals';
import type { Effect } from '../../lab/gate/gate.js';
import { createStream, type Lab, startLab } from '../../lab/lab.js';
import {
  createDynamoDBClient,
  createKinesisClient,
  createSqsClient,
  createStsClient,
} from '../../src/aws/clients.js';
import { WebIdentity } from '../helpers/web-identity.js';
import { environment } from './helpers/environment.js';
import { setStreamRole } from './helpers/roles.js';

const ROLE = { arn: 'arn:aws:iam::111111111111:role/stream-reader' };
const REGION = 'us-east-1';
/** Longer than the pause between two questions for credentials. */
const LATER_MS = 6_000;

let lab: Lab;
let pod: WebIdentity;
let stream: string;
let queueUrl: string;
let calls: string[];
let effect: Effect | undefined;
beforeAll(async () => {
  lab = await startLab();
  pod = new WebIdentity(lab);
  setStreamRole(lab, ROLE.arn, { trusts: lab.reader.id });
  stream = await createStream(lab.owner, 'orders', 1);
  await lab.reader.dynamodb.send(
    new CreateTableCommand({
      TableName: 'leases',
      KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  queueUrl = lab.gate.queues.create(lab.reader.id, REGION, 'failed').url;
  lab.gate.disturb(({ service, operation }) => {
    if (service !== 'sts' || !operation.startsWith('AssumeRole')) return undefined;
    calls.push(operation);
    return effect;
  });
});
afterAll(async () => {
  pod.remove();
  await lab.stop();
});
// Another path of the token file is another environment, and so a chain that has cached nothing.
let tests = 0;
environment(() => ({
  ...pod.env,
  AWS_ROLE_SESSION_NAME: `test-${++tests}`,
  AWS_ENDPOINT_URL: lab.gate.endpoint,
}));
let passed: number;
beforeEach(() => {
  calls = [];
  effect = undefined;
  passed = 0;
  const { now } = performance;
  jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + passed);
});
afterEach(() => jest.restoreAllMocks());

/** Every session that was given out is refused, while by its expiration it is valid. */
function endSessions(): void {
  lab.gate.identities.expireSessions();
  passed += LATER_MS;
}

const kinesis = () => {
  const client = createKinesisClient({ region: REGION, role: ROLE });
  return { client, call: () => client.send(new DescribeStreamSummaryCommand({ StreamARN: stream })) };
};
const dynamodb = () => {
  const client = createDynamoDBClient({ region: REGION });
  return { client, call: () => client.send(new DescribeTableCommand({ TableName: 'leases' })) };
};
const sqs = () => {
  const client = createSqsClient({ region: REGION });
  return {
    client,
    call: () => client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'failed' })),
  };
};
const sts = () => {
  const client = createStsClient({ region: REGION });
  return { client, call: () => client.send(new GetCallerIdentityCommand({})) };
};

test.each([
  ['DynamoDB', dynamodb],
  ['SQS', sqs],
  ['STS', sts],
])('a call of %s that is refused for an expired session is made again with a new one', async (_, open) => {
  const { client, call } = open();
  for (let renewals = 0; renewals < 3; renewals++) {
    await call();
    pod.replaceToken();
    endSessions();
  }
  await call();
  client.destroy();

  expect(calls).toEqual(Array(4).fill('AssumeRoleWithWebIdentity'));
});

test("the stream's role, and the session that it is assumed with, are both renewed", async () => {
  const { client, call } = kinesis();
  for (let renewals = 0; renewals < 3; renewals++) {
    await call();
    endSessions();
  }
  await call();
  client.destroy();

  expect(calls.filter((operation) => operation === 'AssumeRoleWithWebIdentity')).toHaveLength(4);
  expect(calls.filter((operation) => operation === 'AssumeRole')).toHaveLength(4);
});

test('a source that gives the same again is asked once, and the call fails', async () => {
  const { client, call } = dynamodb();
  await call();
  const end = lab.gate.disturb(({ service }) =>
    service === 'dynamodb' ? { error: 'ExpiredTokenException', message: 'expired' } : undefined,
  );
  passed += LATER_MS;
  try {
    await expect(call()).rejects.toThrow('expired');
    await expect(call()).rejects.toThrow('expired');
  } finally {
    end();
    client.destroy();
  }

  expect(calls).toHaveLength(2);
});

test('that there are no new credentials is said, rather than that the old ones have expired', async () => {
  const { client, call } = dynamodb();
  await call();
  endSessions();
  rmSync(pod.tokenFile);
  await expect(call()).rejects.toThrow(/ENOENT.*token/);

  // The file is there again.
  pod.replaceToken();
  passed += LATER_MS;
  await call();
  client.destroy();
});

test('while STS fails, sessions that are valid are used', async () => {
  lab.gate.identities.sessionSeconds = 600;
  const { client, call } = dynamodb();
  const role = kinesis();
  await Promise.all([call(), role.call()]);
  effect = { error: 'ServiceUnavailable', status: 503 };
  const { now } = Date;
  // Within the last five minutes, in which each is to be renewed.
  jest.spyOn(Date, 'now').mockImplementation(() => now() + 450_000);
  await Promise.all([call(), role.call()]);
  client.destroy();
  role.client.destroy();
  lab.gate.identities.sessionSeconds = undefined;
});
