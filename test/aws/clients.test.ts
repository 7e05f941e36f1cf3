import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { createDynamoDBClient, createKinesisClient, createSqsClient } from '../../src/aws/clients.js';
import { environment } from './helpers/environment.js';

const requests: IncomingMessage[] = [];
let server: Server;
let endpoint: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests.length = 0;
});
environment(() => ({ AWS_ACCESS_KEY_ID: '222222222222', AWS_SECRET_ACCESS_KEY: 'lab' }));

const CLIENTS = [
  ['Kinesis', createKinesisClient, /Credential=222222222222\/\d+\/eu-west-1\/kinesis\//],
  ['DynamoDB', createDynamoDBClient, /Credential=222222222222\/\d+\/eu-west-1\/dynamodb\//],
] as const;

async function call(name: string, at: string | undefined) {
  if (name === 'Kinesis') {
    await createKinesisClient({ region: 'eu-west-1', endpoint: at }).send(new ListStreamsCommand({}));
  } else {
    await createDynamoDBClient({ region: 'eu-west-1', endpoint: at }).send(new ListTablesCommand({}));
  }
}

test.each(CLIENTS)(
  '%s is called at the endpoint, over HTTP/1.1, with the credentials of the environment and in the region',
  async (name, _create, signature) => {
    await call(name, endpoint);

    expect(requests.map(({ httpVersion }) => httpVersion)).toEqual(['1.1']);
    expect(requests[0]?.headers.authorization).toMatch(signature);
  },
);

test.each(CLIENTS)('%s has the endpoint of AWS unless one is given', async (_name, create) => {
  expect(create({ region: 'eu-west-1' }).config.endpoint).toBeUndefined();
});

test.each(CLIENTS)('%s is tried five times', async (_name, create) => {
  expect(await create({ region: 'eu-west-1' }).config.maxAttempts()).toBe(5);
});

test('SQS is tried five times unless told otherwise, and not waited for without end', async () => {
  const region = 'eu-west-1';
  expect(await createSqsClient({ region }).config.maxAttempts()).toBe(5);

  let attempts = 0;
  const silent = createServer(() => {
    attempts += 1;
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const sqs = createSqsClient({
    region,
    endpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    maxAttempts: 2,
    timeoutMs: 300,
  });
  try {
    await expect(sqs.send(new ListQueuesCommand({}))).rejects.toThrow(
      expect.objectContaining({ name: 'TimeoutError' }),
    );
  } finally {
    sqs.destroy();
    silent.closeAllConnections();
    silent.close();
  }
  expect(attempts).toBe(2);
});
