import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { partitionOf } from '../../src/aws/partition.js';
import { configKeys } from '../../src/config/config-keys.js';
import { endpointOf } from '../../src/preflight/endpoint.js';
import { environment } from '../aws/helpers/environment.js';
import { PARTITIONS } from '../aws/helpers/partitions.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const folder = temporaryFolder();
environment(() => ({ AWS_CONFIG_FILE: join(folder(), 'config'), AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }));
beforeEach(() => {
  for (const name of Object.keys(process.env))
    if (/^AWS_(USE|ENDPOINT|ACCOUNT|IGNORE)_/.test(name)) delete process.env[name];
});

const page = readFileSync('docs/network.md', 'utf8');
const tableAfter = (heading: string) =>
  (page.split(heading)[1]?.split(/^#/m)[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .slice(1)
    .map((line) => line.split('|').map((cell) => cell.trim()));
const codeIn = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

const REGION = 'eu-west-1';
const ARN = `arn:aws:kinesis:${REGION}:111111111111:stream/orders`;

/** Every name that is called in a region of `aws`, as the page writes it. */
async function namesCalled(): Promise<string[]> {
  const to = { region: REGION, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };
  const kinesis = new KinesisClient(to);
  const dynamodb = new DynamoDBClient(to);
  const ofReader = new DynamoDBClient({
    ...to,
    credentials: { ...to.credentials, accountId: '222222222222' },
  });
  const urls = await Promise.all([
    endpointOf(kinesis, DescribeStreamSummaryCommand, { StreamARN: ARN }),
    endpointOf(kinesis, GetRecordsCommand, { StreamARN: ARN }),
    endpointOf(kinesis, ListShardsCommand, { NextToken: 'x' }),
    endpointOf(ofReader, DescribeTableCommand, { TableName: 'orders' }),
    endpointOf(dynamodb, DescribeTableCommand, { TableName: 'orders' }),
    endpointOf(new CloudWatchClient(to), PutMetricDataCommand),
    endpointOf(new STSClient(to), AssumeRoleCommand),
    endpointOf(new KMSClient(to), DescribeKeyCommand),
    endpointOf(new SQSClient(to), SendMessageCommand),
  ]);
  const written = urls.map(({ host }) =>
    host
      .replace('111111111111', '<owner>')
      .replace('222222222222', '<reader>')
      .replace(REGION, '<region>')
      .replace('amazonaws.com', '<suffix>'),
  );
  return [...new Set(written)].sort();
}

/** With a setting of the page in the environment, or in the profile. */
async function namesWith(name: string, value: string, inProfile: string | undefined): Promise<string[]> {
  if (inProfile === undefined) process.env[name] = value;
  writeFileSync(join(folder(), 'config'), `[default]\n${inProfile ? `${inProfile} = ${value}\n` : ''}`);
  return await namesCalled();
}

const NAMES = tableAfter('# Network').flatMap(([, , name]) =>
  codeIn(name).filter((code) => /^\S+<region>/.test(code)),
);
const SETTINGS = tableAfter('## What changes the names').map(([, setting, profile, effect]) => ({
  assignments: codeIn(setting),
  profile: codeIn(profile),
  effect: codeIn(effect),
}));
const settingOf = (name: string) => {
  const row = SETTINGS.find(({ assignments }) => assignments[0]?.startsWith(`${name}=`));
  if (row === undefined) throw new Error(`the page has no ${name}`);
  const [, value = ''] = row.assignments[0]?.split('=') ?? [];
  return { value, profile: row.profile[0], effect: row.effect };
};

test.each(PARTITIONS.map(([name, region]) => [name, region]))(
  "the table of partitions has %s as the SDK's rules have it in %s",
  async (name, region) => {
    const rows = tableAfter('## Partitions').map((row) => row.map((cell) => cell.replaceAll('`', '')));
    const [, , suffix, byAccount] = rows.find(([, cell]) => cell === name) ?? [];
    expect(suffix).toBe(partitionOf(region).dnsSuffix);
    const client = new KinesisClient({ region, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
    const { host } = await endpointOf(client, DescribeStreamSummaryCommand, {
      StreamARN: `arn:${name}:kinesis:${region}:111111111111:stream/orders`,
    });
    expect(host).toBe(
      byAccount === 'yes'
        ? `111111111111.control-kinesis.${region}.${suffix}`
        : `kinesis.${region}.${suffix}`,
    );
  },
);

test("the table of names has those that the SDK's rules give, and no other", async () => {
  writeFileSync(join(folder(), 'config'), '');
  expect([...new Set(NAMES)].sort()).toEqual(await namesCalled());
});

describe.each(['environment', 'profile'])('in the %s', (where) => {
  const withSetting = (name: string) => {
    const { value, profile } = settingOf(name);
    if (profile === undefined) throw new Error(`the page has no setting of the profile for ${name}`);
    return namesWith(name, value, where === 'profile' ? profile : undefined);
  };

  test('the account is left out of the names that the page says, and only of these', async () => {
    const { effect } = settingOf('AWS_ACCOUNT_ID_ENDPOINT_MODE');
    const left = NAMES.filter((name) => !name.startsWith('<reader>'));
    expect(await withSetting('AWS_ACCOUNT_ID_ENDPOINT_MODE')).toEqual([...new Set(left)].sort());
    expect(effect).toEqual(['dynamodb.<region>']);
  });

  test('FIPS changes the names to those that the page says', async () => {
    const { effect } = settingOf('AWS_USE_FIPS_ENDPOINT');
    const changed = (await withSetting('AWS_USE_FIPS_ENDPOINT')).map((name) => name.split('.<region>')[0]);
    expect(changed).toEqual([...effect].sort());
  });

  test('dual-stack changes the suffix to the one that the page says', async () => {
    const { effect } = settingOf('AWS_USE_DUALSTACK_ENDPOINT');
    const suffix = effect[0] ?? '';
    for (const name of await withSetting('AWS_USE_DUALSTACK_ENDPOINT')) {
      expect(name).toMatch(new RegExp(`\\.<region>\\.${suffix.replace('.', '\\.')}$`));
    }
  });
});

test('every variable on the page is the name of a key, or one of AWS', () => {
  const OF_AWS = [
    'AWS_ACCOUNT_ID_ENDPOINT_MODE',
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_',
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
    'AWS_USE_DUALSTACK_ENDPOINT',
    'AWS_USE_FIPS_ENDPOINT',
  ];
  const known = new Set([...OF_AWS, ...configKeys.map(({ environment }) => environment)]);
  const named = codeIn(page).flatMap((code) => code.match(/^[A-Z][A-Z\d]*_[A-Z\d_]+/) ?? []);
  expect(named.length).toBeGreaterThan(OF_AWS.length);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test('the endpoints that the page sets are names of its own table', () => {
  const set = SETTINGS.flatMap(({ assignments }) =>
    assignments.flatMap((code) => code.split('=https://')[1] ?? []),
  );
  expect(set).toHaveLength(2);
  expect(set.filter((name) => !NAMES.includes(name))).toEqual([]);
});
