import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Socket, type Server as TcpServer } from 'node:net';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { parseStreamArn } from '../../src/aws/arn.js';
import { preflight } from '../../src/preflight/preflight.js';
import { found } from './helpers/check-share.js';

const stream = parseStreamArn('arn:aws:kinesis:us-east-1:111111111111:stream/orders');
let server: Server | TcpServer | undefined;
const sockets = new Set<Socket>();
afterEach(async () => {
  const closing = server;
  server = undefined;
  if (!closing?.listening) return;
  const closed = new Promise((resolve) => closing.close(resolve));
  for (const socket of sockets) socket.destroy();
  await closed;
});

async function listen(made: Server | TcpServer): Promise<string> {
  server = made;
  made.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

const http = (answer: RequestListener) => listen(createServer(answer));

async function check(endpoint: string, limitMs = 2_000) {
  const client = {
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  };
  const clients = {
    sts: new STSClient(client),
    kms: new KMSClient(client),
    kinesis: new KinesisClient({ ...client, requestHandler: new NodeHttpHandler() }),
  };
  try {
    return await preflight(
      { for: 'lambda', streams: [{ stream }], region: 'us-east-1', clients },
      { limitMs },
    );
  } finally {
    for (const opened of Object.values(clients)) opened.destroy();
  }
}

test.each([
  ['HTML with 200', 200, '<html><body>Please log in</body></html>', /something that AWS does not write/],
  ['HTML with 502', 502, '<html><body>Bad gateway</body></html>', /something that AWS does not write/],
  ['nothing with 503', 503, '', /something that AWS does not write \(HTTP 503\)/],
  ['JSON of something else', 200, '{"hello":"world"}', /the answer is of no stream/],
])('%s is an error and no denial', async (_what, status, body, message) => {
  const endpoint = await http((_request, response) => {
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end(body);
  });
  const report = await check(endpoint);

  expect(report.passed).toBe(false);
  expect(found(report, 'credentials').status).toBe('warning');
  expect(found(report, 'stream-summary')).toMatchObject({
    status: 'error',
    message: expect.stringMatching(message),
    remedy: expect.stringContaining('endpoint'),
  });
});

test('a connection that is reset', async () => {
  const endpoint = await http((request) => request.socket.destroy());
  const summary = found(await check(endpoint), 'stream-summary');

  expect(summary.status).toBe('error');
  expect(summary.message).toMatch(/could not be called: .*(ECONNRESET|socket hang up)/);
});

test('nobody listens', async () => {
  const endpoint = await http(() => {});
  await new Promise((resolve) => server?.close(resolve));
  const report = await check(endpoint);

  expect(found(report, 'stream-summary')).toMatchObject({
    status: 'error',
    message: expect.stringContaining('ECONNREFUSED'),
    remedy: expect.stringContaining('endpoint'),
  });
  // Networks without a way to STS are common.
  expect(found(report, 'credentials').status).toBe('warning');
});

test('no answer', async () => {
  const report = await check(await listen(createTcp()), 5_000);

  expect(found(report, 'credentials')).toMatchObject({
    status: 'warning',
    message: expect.stringContaining('in time'),
  });
  expect(found(report, 'stream-summary')).toMatchObject({
    status: 'error',
    message: expect.stringMatching(/in time/),
  });
});

test('TLS where there is none', async () => {
  const endpoint = await http((_request, response) => response.end());
  const summary = found(await check(endpoint.replace('http:', 'https:')), 'stream-summary');

  expect(summary.status).toBe('error');
  expect(summary.message).toMatch(/SSL|TLS|EPROTO/i);
});
