import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { clockCheck, endpointsCheck } from '../../../src/preflight/checks/network.js';
import { endpointOf } from '../../../src/preflight/endpoint.js';
import { accept, refusing, serve } from '../helpers/local-server.js';
import { find } from '../helpers/run.js';

const service = (url: URL | string, name = 'Kinesis') => ({ name, endpoint: async () => new URL(url) });

describe('the endpoint is the one that the client calls', () => {
  const saved = { ...process.env };
  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  });
  afterEach(() => {
    Object.assign(process.env, saved);
    delete process.env.AWS_ENDPOINT_URL;
    delete process.env.AWS_ENDPOINT_URL_CLOUDWATCH;
  });
  const region = 'eu-west-1';
  const hrefs = async () => [
    (await endpointOf(new DynamoDBClient({ region }), DescribeTableCommand)).href,
    (await endpointOf(new CloudWatchClient({ region }), PutMetricDataCommand)).href,
  ];

  test("of the region, without credentials, and Kinesis's of the account", async () => {
    expect(await hrefs()).toEqual([
      'https://dynamodb.eu-west-1.amazonaws.com/',
      'https://monitoring.eu-west-1.amazonaws.com/',
    ]);
    const StreamARN = 'arn:aws:kinesis:eu-west-1:111111111111:stream/orders';
    expect((await endpointOf(new KinesisClient({ region }), GetRecordsCommand, { StreamARN })).href).toBe(
      'https://111111111111.data-kinesis.eu-west-1.amazonaws.com/',
    );
  });

  test('of the environment', async () => {
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
    process.env.AWS_ENDPOINT_URL_CLOUDWATCH = 'http://127.0.0.1:2';
    expect(await hrefs()).toEqual(['http://127.0.0.1:1/', 'http://127.0.0.1:2/']);
  });

  test('given to the client', async () => {
    const client = new DynamoDBClient({ region, endpoint: 'https://localhost:8000/path' });
    expect((await endpointOf(client, DescribeTableCommand)).href).toBe('https://localhost:8000/path');
  });
});

describe('endpoints', () => {
  test('any answer of HTTP will do, and each host is asked once', async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.writeHead(403).end('<html>no</html>');
    });
    expect(await find(endpointsCheck([service(url), service(url, 'DynamoDB')]))).toMatchObject({
      status: 'passed',
      message: `${url.host} answer`,
    });
    expect(asked).toBe(1);
  });

  test.each<[string, () => Promise<URL>, RegExp, RegExp]>([
    ['refuses', refusing, /^127\.0\.0\.1:\d+ refuses the connection \(ECONNREFUSED\)$/, /nobody listens/],
    ['cuts off', () => accept((socket) => socket.destroy()), /is cut off \(ECONNRESET\)$/, /firewall/],
    [
      'resets',
      () => accept((socket) => socket.once('data', () => socket.resetAndDestroy())),
      /is cut off \(ECONNRESET\)$/,
      /firewall/,
    ],
    [
      'speaks no HTTP',
      () => accept((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
      /does not answer with HTTP \(HPE_/,
      /another service/,
    ],
    [
      'speaks no TLS',
      async () => new URL((await serve((_q, response) => response.end())).href.replace('http:', 'https:')),
      /^no TLS connection to 127\.0\.0\.1:\d+: /,
      /NODE_EXTRA_CA_CERTS/,
    ],
    [
      'has no address',
      async () => new URL('https://kinesis.eu-west-9.invalid'),
      /^the name kinesis\.eu-west-9\.invalid can't be resolved \((ENOTFOUND|EAI_AGAIN)\)$/,
      /region/,
    ],
  ])('a host that %s is named, with what to look at', async (_name, open, message, remedy) => {
    const url = await open();
    expect(await find(endpointsCheck([service(url)]))).toMatchObject({
      status: 'error',
      fixedBy: 'reader',
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
  });

  test('all that fail are named', async () => {
    const good = await serve((_request, response) => response.end());
    const bad = await refusing();
    const noRegion = {
      name: 'CloudWatch',
      endpoint: () => Promise.reject(new Error('Region is missing')),
    };
    const { message } = await find(endpointsCheck([service(good), service(bad), noRegion]));
    expect(message).toContain(`${bad.host} refuses`);
    expect(message).toContain('the endpoint of CloudWatch is unknown: Region is missing');
    expect(message).not.toContain(good.host);
  });
});

describe('clock', () => {
  const answering = (seconds: number) =>
    serve((_request, response) =>
      response.writeHead(403, { date: new Date(Date.now() + seconds * 1000).toUTCString() }).end(),
    );
  const clockAt = async (url: URL) => await find(clockCheck(endpointsCheck([service(url)])));

  test.each([
    [0, 'passed'],
    [45, 'passed'],
    [-120, 'warning'],
    [120, 'warning'],
    [-3600, 'failed'],
    [3600, 'failed'],
  ])('AWS %i s ahead: %s', async (seconds, status) => {
    expect(await clockAt(await answering(seconds))).toMatchObject({ status, fixedBy: 'reader' });
  });

  test('it is told which way', async () => {
    expect((await clockAt(await answering(3600))).message).toMatch(
      /^it is (3599|3600|3601) s behind AWS's: /,
    );
    expect((await clockAt(await answering(-3600))).message).toMatch(
      /^it is 3(599|600|601) s ahead of AWS's: /,
    );
  });

  test('an answer without a time, or with none that can be read, tells nothing', async () => {
    const none = await serve((_request, response) => {
      response.sendDate = false;
      response.end();
    });
    const garbled = await serve((_request, response) => response.writeHead(200, { date: 'noon' }).end());
    expect(await clockAt(none)).toMatchObject({ status: 'skipped', message: 'no answer told the time' });
    expect(await clockAt(garbled)).toMatchObject({ status: 'skipped', message: 'no answer told the time' });
  });
});
