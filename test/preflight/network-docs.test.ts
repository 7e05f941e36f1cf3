import { readFileSync } from 'node:fs';
import { DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { partitionOf } from '../../src/aws/partition.js';
import { endpointOf } from '../../src/preflight/endpoint.js';
import { PARTITIONS } from '../aws/helpers/partitions.js';

const page = readFileSync('docs/network.md', 'utf8');
const cells = (row: string) => row.split('|').map((cell) => cell.trim().replaceAll('`', ''));
const rows = (heading: string) =>
  (page.split(heading)[1] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map(cells);

test.each(PARTITIONS.map(([name, region]) => [name, region]))(
  "the table of partitions has %s as the SDK's rules have it in %s",
  async (name, region) => {
    const [, , suffix, byAccount] = rows('## Partitions').find(([, cell]) => cell === name) ?? [];
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

test('the table of names has every label that services.test.ts finds', () => {
  for (const label of [
    'control-kinesis',
    'data-kinesis',
    'ddb',
    'dynamodb',
    'monitoring',
    'sts',
    'kms',
    'sqs',
  ]) {
    expect(page).toMatch(new RegExp(`\`(?:<(?:owner|reader)>\\.)?${label}\\.<region>\\.<suffix>\``));
  }
});
