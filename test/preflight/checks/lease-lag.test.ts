import {
  InvalidArgumentException,
  type KinesisClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { parseStreamArn } from '../../../src/aws/arn.js';
import type { Lease } from '../../../src/leases/lease-table.js';
import { type CheckId, defineCheck, passed } from '../../../src/preflight/check.js';
import { leaseLagCheck } from '../../../src/preflight/checks/lease-lag.js';
import { runChecks } from '../../../src/preflight/runner.js';

const stream = parseStreamArn('arn:aws:kinesis:us-east-1:111111111111:stream/orders');
const HOUR_MS = 3_600_000;
const $metadata = {};
/** A checkpoint whose record has expired: another one comes first. */
const EXPIRED = '8';

function lease(shardId: string, checkpoint: string, of?: Lease['stream']): Lease {
  return {
    key: shardId,
    shardId,
    stream: of,
    owner: undefined,
    leaseCounter: 0,
    checkpoint,
    subSequenceNumber: 0,
    hashKeys: undefined,
  };
}

/** What MillisBehindLatest is after each sequence number, or what GetShardIterator throws. */
async function run(
  leases: readonly Lease[],
  answers: Record<string, number | Error>,
  { workers, later }: { workers: [] | undefined; later: boolean } = { workers: [], later: true },
) {
  const asked: string[] = [];
  const kinesis = {
    async send({ input }: { input: { StartingSequenceNumber?: string; ShardIterator?: string } }) {
      const { StartingSequenceNumber: after, ShardIterator: iterator } = input;
      // Those that are given have their record; Kinesis shows it first.
      if (after === undefined) {
        const SequenceNumber = iterator === EXPIRED ? '9' : iterator;
        const ApproximateArrivalTimestamp = new Date(Date.now() - 3 * HOUR_MS);
        if (!later) return { MillisBehindLatest: answers[iterator ?? ''] };
        return {
          MillisBehindLatest: answers[iterator ?? ''],
          Records: [{ SequenceNumber, ApproximateArrivalTimestamp }],
        };
      }
      asked.push(after);
      if (answers[after] instanceof Error) throw answers[after];
      return { ShardIterator: after };
    },
  } as unknown as KinesisClient;
  const given = <T>(id: string, value: T) =>
    defineCheck({
      id: id as CheckId,
      asserts: id,
      fixedBy: 'reader',
      needs: [],
      run: async () => passed('', value),
    });
  const summary = { RetentionPeriodHours: 24, StreamCreationTimestamp: new Date(1_700_000_000_500) };
  const target = { stream, kinesis };
  const check = leaseLagCheck(target, given('contents', { leases, workers }), given('summary', summary));
  const { findings } = await runChecks([check]);
  return { asked, finding: findings[0] };
}

test('tells how far the checkpoint that is last is behind', async () => {
  const { finding } = await run([lease('a', '10'), lease('b', '20')], { 10: 5_000, 20: 600_000 });

  expect(finding).toMatchObject({
    status: 'passed',
    message: 'of 2 shards the one that is last is 10 min behind; records are kept for 24 h',
  });
});

test('warns when the records are half gone', async () => {
  const { finding } = await run([lease('a', '10'), lease('b', '20')], { 10: 0, 20: 13 * HOUR_MS });

  expect(finding).toMatchObject({ status: 'warning', message: expect.stringContaining('13 h behind') });
});

test('warns of records that have expired', async () => {
  const { finding } = await run([lease('a', '10'), lease('b', EXPIRED)], { 10: 0, [EXPIRED]: 3 * HOUR_MS });

  expect(finding).toMatchObject({
    status: 'warning',
    message: expect.stringMatching(
      /^b: the record of its checkpoint has expired \(retention 24 h\)\. Records/,
    ),
  });
});

test('does not warn of a shard without a later record, where the reports of workers are unknown', async () => {
  const empty = { [EXPIRED]: 0 };
  expect((await run([lease('b', EXPIRED)], empty, { workers: [], later: false })).finding?.status).toBe(
    'warning',
  );
  const { finding } = await run([lease('b', EXPIRED)], empty, { workers: undefined, later: false });
  expect(finding?.status).toBe('passed');
});

test('leases of other streams and epochs, and those without a sequence number, are not asked for', async () => {
  const { account, streamName } = stream;
  const own = { account, streamName, creationEpoch: 1_700_000_000 };
  const { asked } = await run(
    [
      lease('a', '10', own),
      lease('b', '20', { ...own, creationEpoch: 1_600_000_000 }),
      lease('c', '30', { ...own, streamName: 'other' }),
      lease('d', '40', { ...own, account: '333333333333' }),
      lease('e', 'SHARD_END', own),
      lease('f', 'TRIM_HORIZON', own),
    ],
    { 10: 0 },
  );

  expect(asked).toEqual(['10']);
});

test('shards that are gone tell nothing', async () => {
  const gone = new ResourceNotFoundException({ message: 'no such shard', $metadata });
  const trimmed = new InvalidArgumentException({ message: 'no such number', $metadata });
  const leases = [lease('a', '10'), lease('b', '20'), lease('c', '30')];

  expect((await run(leases, { 10: gone, 20: trimmed, 30: 1_000 })).finding).toMatchObject({
    status: 'passed',
    message: expect.stringMatching(/^of 1 shards/),
  });
  expect((await run(leases, { 10: gone, 20: trimmed, 30: gone })).finding?.status).toBe('skipped');
});

test('of many shards some are asked for', async () => {
  const leases = Array.from({ length: 30 }, (_, index) => lease(`shard-${index}`, String(index)));

  expect((await run(leases, {})).asked).toHaveLength(8);
});

test('without a checkpoint there is nothing to tell', async () => {
  expect((await run([lease('a', 'LATEST')], {})).finding?.status).toBe('skipped');
});
