import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeStreamCommand, DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { createKinesisClient } from '../../src/aws/clients.js';
import { environment } from './helpers/environment.js';

let server: Server;
let endpoint: string;
let body = '';
let status = 200;
beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
environment(() => ({ AWS_ACCESS_KEY_ID: '222222222222', AWS_SECRET_ACCESS_KEY: 'lab' }));

// Java's SDK: Instant.getEpochSecond.
test.each([
  ['1700000000', 1_700_000_000],
  ['1700000000.0', 1_700_000_000],
  ['1.7000000009996E9', 1_700_000_000],
  ['1700000000.999', 1_700_000_000],
  ['1700000000.9996', 1_700_000_000],
  ['1700000001.0004', 1_700_000_001],
])('a stream that was created at %s is of the second %i', async (time, second) => {
  const kinesis = createKinesisClient({ region: 'eu-west-1', endpoint });
  const described = { StreamName: 'orders', StreamCreationTimestamp: 0 };
  const text = (name: string) =>
    JSON.stringify({ [name]: described }).replace(
      '"StreamCreationTimestamp":0',
      `"StreamCreationTimestamp": ${time}`,
    );

  body = text('StreamDescriptionSummary');
  const summary = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'orders' }));
  body = text('StreamDescription');
  const description = await kinesis.send(new DescribeStreamCommand({ StreamName: 'orders' }));

  expect(summary.StreamDescriptionSummary).toMatchObject({ StreamName: 'orders' });
  expect(summary.StreamDescriptionSummary?.StreamCreationTimestamp?.getTime()).toBe(second * 1000);
  expect(description.StreamDescription?.StreamCreationTimestamp?.getTime()).toBe(second * 1000);
});

test('an error stays what it is', async () => {
  status = 400;
  body = JSON.stringify({ __type: 'ResourceNotFoundException', message: 'no such stream' });
  const kinesis = createKinesisClient({ region: 'eu-west-1', endpoint });

  await expect(
    kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'orders' })),
  ).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'no such stream',
  });
});
