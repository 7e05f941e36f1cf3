import { readFileSync } from 'node:fs';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { parseQueueUrl, parseReaderArn } from '../../src/index.js';
import { CHECK_IDS } from '../../src/preflight/check.js';
import type { Application } from '../../src/preflight/checks/application-checks.js';
import { allChecks } from '../../src/preflight/preflight.js';
import { runCli } from '../integration/helpers/cli.js';
import { CONSUMER, STREAM, stubRequest } from '../preflight/helpers/stub-request.js';

const [, checks = ''] = readFileSync('docs/preflight.md', 'utf8').split('\n# The checks\n');
const sections = new Map(
  checks
    .split('\n## ')
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text]),
);

test('every check has its section, and every section its check', () => {
  expect([...sections.keys()]).toEqual([...CHECK_IDS]);
});

test.each(CHECK_IDS)('the section %s says what is asserted, what is called, and who fixes it', (id) => {
  expect(sections.get(id)).toMatch(/\n\nAsserts .*\nCalls .*\nFixed by /s);
});

test('the checks of a request are these, in this order', () => {
  const reader = parseReaderArn('arn:aws:iam::111111111111:role/orders');
  const { clients } = stubRequest({});
  const source = { stream: STREAM, consumer: CONSUMER };
  const client = { region: 'us-east-1' };
  const application: Application = {
    name: 'orders',
    leaseTable: 'orders',
    pointInTimeRecovery: true,
    region: 'us-east-1',
    metricsLevel: 'SUMMARY',
    streams: [{ ...source, creationEpoch: 'auto', initialPosition: undefined }],
    allowEpochChange: false,
    runDirectory: '/tmp',
    askJava: () => Promise.reject(new Error('nothing is run')),
    dynamodb: new DynamoDBClient(client),
    cloudwatch: new CloudWatchClient(client),
    failureQueue: {
      queue: parseQueueUrl('https://sqs.us-east-1.amazonaws.com/111111111111/failed'),
      region: 'us-east-1',
      sqs: new SQSClient(client),
    },
  };
  const request = {
    streams: [source],
    streamRole: { reader, sts: clients.sts },
    for: 'kcl',
    application,
  } as const;
  const ids = allChecks(stubRequest({}, request)).checks.map(({ id }) => id);

  expect(ids).toEqual(CHECK_IDS);
});

test.each(['get-records', 'run-directory'])('--explain %s prints it, without a configuration', async (id) => {
  const { status, stdout, stderr } = await runCli(['preflight', '--explain', id]);

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(`## ${sections.get(id)?.trim()}\n`);
});
