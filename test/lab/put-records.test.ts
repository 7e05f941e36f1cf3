import type { PutRecordsCommand, PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import { jest } from '@jest/globals';
import type { Account } from '../../lab/account.js';
import { putRecords, type RecordToPut } from '../../lab/put-records.js';

type Answer = (entry: { data: string; index: number; request: number }) => PutRecordsResultEntry;

test('a request holds at most 500 records', async () => {
  const { account, requests } = stub(accepted);
  await putRecords(account, 'arn', some(1001));
  expect(requests.map((data) => data.length)).toEqual([500, 500, 1]);
});

test('a request holds at most 5 MiB of data and partition keys', async () => {
  const { account, requests } = stub(accepted);
  const fifthOfLimit = { partitionKey: 'key', data: Buffer.alloc(1024 * 1024 - 3) };
  await putRecords(account, 'arn', [
    ...Array(5).fill(fifthOfLimit),
    { partitionKey: 'k', data: Buffer.alloc(0) },
  ]);
  expect(requests.map((data) => data.length)).toEqual([5, 1]);
});

test('no records make no request', async () => {
  const { account, requests } = stub(accepted);
  expect(await putRecords(account, 'arn', [])).toEqual([]);
  expect(requests).toEqual([]);
});

test('refused records alone are put again, and the result is in the order of the input', async () => {
  const { account, requests } = stub((entry) =>
    entry.request === 0 && entry.index % 2 === 0 ? throttled : accepted(entry),
  );
  const results = await putRecords(account, 'arn', some(5));
  expect(requests).toEqual([
    ['0', '1', '2', '3', '4'],
    ['0', '2', '4'],
  ]);
  expect(results.map(({ sequenceNumber }) => sequenceNumber)).toEqual(['0', '1', '2', '3', '4']);
});

test('records that stay refused end in an error that says why', async () => {
  const { account, requests } = stub((entry) => (entry.data === '1' ? throttled : accepted(entry)));
  jest.spyOn(Math, 'random').mockReturnValue(0);
  await expect(putRecords(account, 'arn', some(3))).rejects.toThrow(
    '1 of 3 records were refused in 8 attempts, last with ProvisionedThroughputExceededException: slow down',
  );
  expect(requests).toHaveLength(8);
  jest.restoreAllMocks();
});

const throttled: PutRecordsResultEntry = {
  ErrorCode: 'ProvisionedThroughputExceededException',
  ErrorMessage: 'slow down',
};

function accepted({ data }: { data: string }): PutRecordsResultEntry {
  return { ShardId: 'shardId-000000000000', SequenceNumber: data };
}

function some(count: number): RecordToPut[] {
  return Array.from({ length: count }, (_, index) => ({
    partitionKey: 'k',
    data: Buffer.from(String(index)),
  }));
}

function stub(answer: Answer) {
  const requests: string[][] = [];
  const kinesis = {
    async send({ input }: PutRecordsCommand) {
      const sent = (input.Records ?? []).map(({ Data }) => Buffer.from(Data ?? []).toString());
      const request = requests.push(sent) - 1;
      return { Records: sent.map((data, index) => answer({ data, index, request })) };
    },
  };
  return { account: { kinesis } as unknown as Account, requests };
}
