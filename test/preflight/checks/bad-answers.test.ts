import { once } from 'node:events';
import type { Socket } from 'node:net';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { STSClient } from '@aws-sdk/client-sts';
import { parseStreamArn } from '../../../src/aws/arn.js';
import { parseReaderArn } from '../../../src/aws/reader-arn.js';
import { tableLookups } from '../../../src/leases/lease-table-reader.js';
import type { Check } from '../../../src/preflight/check.js';
import { applicationChecks, tablesOf } from '../../../src/preflight/checks/application-checks.js';
import type { KnownIdentity } from '../../../src/preflight/checks/credentials.js';
import { allChecks } from '../../../src/preflight/preflight.js';
import { type Findings, runChecks } from '../../../src/preflight/runner.js';
import { accept, refusing, serve } from '../helpers/local-server.js';
import { given } from '../helpers/run.js';

const READER = parseReaderArn('arn:aws:iam::222222222222:role/orders-reader');
const stream = parseStreamArn('arn:aws:kinesis:eu-west-1:111111111111:stream/orders');
const identity: Check<KnownIdentity> = given({ account: READER.account, arn: READER.arn, reader: READER });
/** All that call DynamoDB or CloudWatch first. */
const CALLERS = [
  'lease-table',
  'lease-table-scan',
  'lease-table-query',
  'lease-table-get',
  'lease-table-put',
  'lease-table-update',
  'lease-table-delete',
  'former-tables',
  'metrics',
] as const;

const clientsAt = (url: URL) => {
  const to = {
    region: 'eu-west-1',
    endpoint: url.href,
    maxAttempts: 1,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
  return { dynamodb: new DynamoDBClient(to), cloudwatch: new CloudWatchClient(to), to };
};

const applicationAt = (url: URL) => ({
  name: 'orders',
  leaseTable: 'orders',
  region: 'eu-west-1',
  metricsLevel: 'DETAILED' as const,
  streams: [{ stream, consumer: undefined, creationEpoch: undefined, initialPosition: undefined }],
  allowEpochChange: false,
  runDirectory: '/tmp',
  ...clientsAt(url),
});

function run(url: URL, limitMs = 10_000): Promise<Findings> {
  const application = applicationAt(url);
  const { checks } = applicationChecks(application, {
    identity,
    tables: tableLookups(application.dynamodb, tablesOf(application)),
    reader: READER,
    checksOf: () => undefined,
  });
  return runChecks(checks, { only: CALLERS, limitMs });
}

const asJson = (status: number, name: string, message: string) =>
  serve((_request, response) =>
    response
      .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
      .end(JSON.stringify({ __type: name, message })),
  );

test.each<[string, () => Promise<URL>, RegExp]>([
  ['refused connection', refusing, /could not be called: .*ECONNREFUSED/],
  ['connection that is cut off', () => accept((socket) => socket.destroy()), /ECONNRESET|socket hang up/],
  [
    'page of HTML',
    () =>
      serve((_request, response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
      ),
    /was answered with something that AWS does not write/,
  ],
  ['fault of the service', () => asJson(500, 'InternalServerError', 'try later'), /^/],
  ['throttling', () => asJson(400, 'ThrottlingException', 'Rate exceeded'), /throttles/],
])('a %s tells nothing: error, and no failure', async (_name, open, message) => {
  const { findings } = await run(await open());
  expect(findings.map(({ check, status }) => [check.id, status])).toEqual(CALLERS.map((id) => [id, 'error']));
  for (const finding of findings) expect(finding.message).toMatch(message);
});

test.each([
  ['names a resource-based policy', 'because no resource-based policy allows the action'],
  ['gives no reason', ''],
])("a denial that %s is the reader's to mend all the same", async (_name, reason) => {
  const text = `User: x is not authorized to perform: y ${reason}`.trim();
  const { findings } = await run(await asJson(400, 'AccessDeniedException', text));
  const own = findings.filter(({ check }) => check.id !== 'metrics');
  expect(own.map(({ status, fixedBy }) => `${status} ${fixedBy}`)).toEqual(own.map(() => 'failed reader'));
  const TABLE = 'arn:aws:dynamodb:eu-west-1:222222222222:table/orders';
  expect(
    Object.fromEntries(own.map(({ check, denied }) => [check.id, `${denied?.action} ${denied?.resource}`])),
  ).toEqual({
    'lease-table': `dynamodb:DescribeTable ${TABLE}`,
    'lease-table-scan': `dynamodb:Scan ${TABLE}`,
    'lease-table-query': `dynamodb:Query ${TABLE}/index/LeaseOwnerToLeaseKeyIndex`,
    'lease-table-get': `dynamodb:GetItem ${TABLE}`,
    'lease-table-put': `dynamodb:PutItem ${TABLE}`,
    'lease-table-update': `dynamodb:UpdateItem ${TABLE}`,
    'lease-table-delete': `dynamodb:DeleteItem ${TABLE}`,
    'former-tables': `dynamodb:DescribeTable ${TABLE}-CoordinatorState`,
  });
  for (const { denied } of own) expect(denied?.denial.fixedBy).toBe('reader');
});

test('the calls end when the time is over', async () => {
  const sockets: Socket[] = [];
  const url = await accept((socket) => sockets.push(socket));
  // On a busy machine the time may be over before any call has connected.
  for (let limit = 300; sockets.length === 0; limit *= 2) {
    const { findings } = await run(url, limit);
    expect(findings.map(({ status }) => status)).toEqual(CALLERS.map(() => 'error'));
  }
  await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')));
});

test("what is KCL's is not checked for Lambda; the network and the clock are", async () => {
  const url = await refusing();
  const { to, ...rest } = clientsAt(url);
  const request = {
    streams: [{ stream }],
    region: 'eu-west-1',
    clients: { sts: new STSClient(to), kinesis: new KinesisClient(to), kms: new KMSClient(to) },
    application: { ...applicationAt(url), ...rest },
  };
  const idsFor = (by: 'kcl' | 'lambda') => allChecks({ ...request, for: by }).checks.map(({ id }) => id);
  const kcl = idsFor('kcl');
  const lambda = idsFor('lambda');
  expect(lambda).toEqual(expect.arrayContaining(['credentials', 'endpoints', 'clock']));
  expect(kcl.filter((id) => !lambda.includes(id)).sort()).toEqual(
    [
      ...CALLERS,
      'lease-table-create',
      'lease-table-index',
      'lease-table-contents',
      'lease-table-capacity',
      'lease-table-epoch',
      'coordinator-state',
      'worker-metrics',
      'java',
      'kcl-version',
      'run-directory',
      'lease-table-lag',
    ].sort(),
  );
});
