import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamSummaryCommand, ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { type Account, createStream, type Lab, startLab } from '../../lab/lab.js';
import { makeLeaseTable } from '../leases/helpers/lease-tables.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

async function streamsOf(account: Account): Promise<string[]> {
  return (await account.kinesis.send(new ListStreamsCommand({}))).StreamNames ?? [];
}

async function tablesOf(account: Account): Promise<string[]> {
  return (await account.dynamodb.send(new ListTablesCommand({}))).TableNames ?? [];
}

test('a third account has its own streams, in the region of the lab unless another is given', async () => {
  const third = lab.account('333333333333');

  expect(third.env).toMatchObject({ AWS_ACCESS_KEY_ID: '333333333333', AWS_REGION: lab.region });
  expect(await createStream(third, 'of-the-third', 1)).toBe(
    'arn:aws:kinesis:us-east-1:333333333333:stream/of-the-third',
  );
  expect(await streamsOf(lab.owner)).toEqual([]);
});

test('the same account again sees the same streams', async () => {
  await createStream(lab.account('444444444444'), 'twice', 1);

  expect(await streamsOf(lab.account('444444444444'))).toEqual(['twice']);
});

test('an account in another region has other streams, and its environment names that region', async () => {
  const here = lab.account('555555555555');
  const there = lab.account('555555555555', 'eu-west-1');
  const arn = await createStream(there, 'europe', 1);

  expect(there.env).toMatchObject({ AWS_REGION: 'eu-west-1' });
  expect(arn).toBe('arn:aws:kinesis:eu-west-1:555555555555:stream/europe');
  expect(await streamsOf(there)).toEqual(['europe']);
  expect(await streamsOf(here)).toEqual([]);
  await expect(
    here.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'europe' })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('an account in another region has other tables', async () => {
  const there = lab.account(lab.reader.id, 'eu-west-1');
  await makeLeaseTable(there, 'leases', []);

  expect(await tablesOf(there)).toEqual(['leases']);
  expect(await tablesOf(lab.reader)).toEqual([]);
});
