import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { parseStreamArn } from '../../src/aws/arn.js';
import { positionOf } from '../../src/leases/checkpoint-position.js';
import { expiredRecords } from '../../src/leases/expired-records.js';
import { type Lease, parseItems } from '../../src/leases/lease-table.js';
import { reportExpired } from '../../src/leases/report-expired.js';
import { memoryLog } from '../helpers/memory-log.js';
import { leaseItem } from './helpers/lease-tables.js';

const stream = parseStreamArn('arn:aws:kinesis:us-east-1:111111111111:stream/orders');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Of 2018-12-17T22:10:50, as Lambda's documentation has it. */
const CHECKPOINT = '49590338271490256608559692538361571095921575989136588898';
const LATER = '49590338271490256608559692540925702759324208523137515618';
const NOW = Date.parse('2018-12-20T00:00:00Z');

const leaseAt = (checkpoint: string, owner?: string) =>
  parseItems([
    leaseItem('shardId-000000000000', {
      checkpoint: { S: checkpoint },
      ...(owner !== undefined && { leaseOwner: { S: owner } }),
    }),
  ]).leases[0] as Lease;

interface Answer {
  MillisBehindLatest: number;
  Records?: { SequenceNumber: string; ApproximateArrivalTimestamp?: Date }[];
}

/** A Kinesis that answers GetRecords with these in turn. */
function answering(...answers: Answer[]) {
  const asked: string[] = [];
  const client = {
    async send({ input }: { input: { ShardIteratorType?: string } }) {
      if (input.ShardIteratorType === undefined) return { ...answers.shift(), NextShardIterator: 'next' };
      asked.push(input.ShardIteratorType);
      return { ShardIterator: 'first' };
    },
  } as unknown as KinesisClient;
  return { client, asked };
}

const look = (...answers: Answer[]) =>
  positionOf(answering(...answers).client, stream, leaseAt(CHECKPOINT), AbortSignal.timeout(10_000));

describe('the record of a checkpoint', () => {
  test('is retained', async () => {
    expect(await look({ MillisBehindLatest: 5, Records: [{ SequenceNumber: CHECKPOINT }] })).toEqual({
      behindMs: 5,
      retained: true,
      continuesAt: undefined,
    });
  });

  test('has expired, where Kinesis continues at a later one', async () => {
    const at = new Date(NOW - HOUR_MS);
    const later = { SequenceNumber: LATER, ApproximateArrivalTimestamp: at };

    expect(await look({ MillisBehindLatest: 9 }, { MillisBehindLatest: 8, Records: [later] })).toEqual({
      behindMs: 9,
      retained: false,
      continuesAt: at,
    });
  });

  test('has expired, where there is none up to the newest', async () => {
    expect(await look({ MillisBehindLatest: 0 })).toEqual({
      behindMs: 0,
      retained: false,
      continuesAt: undefined,
    });
  });

  test('is not known, where Kinesis goes on to answer without records', async () => {
    const nothing = { MillisBehindLatest: 7 };
    expect(await look(nothing, nothing, nothing, nothing)).toMatchObject({
      behindMs: 7,
      retained: undefined,
    });
  });
});

describe('what may have expired unread', () => {
  const expired = (continuesAt: Date | undefined, retained: boolean | undefined, ...reportedAt: number[]) =>
    expiredRecords(
      leaseAt(CHECKPOINT),
      { behindMs: 0, retained, continuesAt },
      DAY_MS,
      reportedAt.map((at) => ({ id: 'w', reportedAt: at / 1000 })),
      NOW,
    );

  test('is told with the shard, from when to when, and how long', () => {
    const until = new Date(NOW - 20 * HOUR_MS);
    expect(expired(until, false)).toEqual({
      shard: 'shardId-000000000000',
      from: new Date('2018-12-17T22:10:50Z'),
      until,
      text: 'shardId-000000000000: the record of its checkpoint has expired (retention 24 h). Records that arrived after its checkpoint, about 2018-12-17T22:10:50.000Z by the sequence number, and before 2018-12-19T04:00:00.000Z, 29.8 h, have expired unread, if there were any',
    });
  });

  test('of a number without a time it is not told from when', () => {
    const told = expiredRecords(
      leaseAt('12345'),
      { behindMs: 0, retained: false, continuesAt: new Date(NOW) },
      DAY_MS,
      [],
      NOW,
    );

    expect(told?.from).toBeUndefined();
    expect(told?.text).toContain(
      'Records that arrived after its checkpoint, and before 2018-12-20T00:00:00.000Z, have',
    );
  });

  test.each<[string, Date | undefined, boolean | undefined, number[]]>([
    ['the record is retained', undefined, true, []],
    ['it is not known', undefined, undefined, []],
    [
      'the shard had no record since, and workers were there',
      undefined,
      false,
      [NOW - 48 * HOUR_MS, NOW - HOUR_MS],
    ],
  ])('is nothing, where %s', (_where, continuesAt, retained, reportedAt) => {
    expect(expired(continuesAt, retained, ...reportedAt)).toBeUndefined();
  });

  test('is told without a later record, where no worker was there for as long', () => {
    expect(expired(undefined, false, NOW - 48 * HOUR_MS)?.text).toContain(
      'no later one is retained, 49.8 h, have',
    );
    expect(expired(undefined, false)).toBeDefined();
  });

  test('is not told without a later record, where the reports of workers are unknown', () => {
    const position = { behindMs: 0, retained: false, continuesAt: undefined };
    expect(expiredRecords(leaseAt(CHECKPOINT), position, DAY_MS, undefined, NOW)).toBeUndefined();
  });
});

describe('at the start', () => {
  const tracked = [{ stream, creationEpoch: undefined, retentionMs: DAY_MS }];
  const table = (lease: Lease, reportedAt?: number) => ({
    name: 'app',
    leases: [lease],
    workers: [{ id: 'w', reportedAt }],
    leader: undefined,
    entityCounts: {},
    hasIndex: true,
  });

  test('each shard is warned of', async () => {
    const { logger, lines } = memoryLog();
    const at = new Date(Date.now() - 20 * HOUR_MS);
    const { client, asked } = answering({
      MillisBehindLatest: 20 * HOUR_MS,
      Records: [{ SequenceNumber: LATER, ApproximateArrivalTimestamp: at }],
    });
    await reportExpired(table(leaseAt(CHECKPOINT)), tracked, client, logger);

    expect(asked).toEqual(['AT_SEQUENCE_NUMBER']);
    expect(lines).toMatchObject([
      {
        level: 40,
        stream: stream.arn,
        shard: 'shardId-000000000000',
        checkpoint: CHECKPOINT,
        from: '2018-12-17T22:10:50.000Z',
        until: at.toISOString(),
      },
    ]);
  });

  test.each<[string, Lease, number | undefined]>([
    ['a lease that a live worker holds', leaseAt(CHECKPOINT, 'w'), Date.now() / 1000],
    ['a lease without a sequence number', leaseAt('TRIM_HORIZON'), undefined],
  ])('%s is not asked for', async (_what, lease, reportedAt) => {
    const { logger, lines } = memoryLog();
    const { client, asked } = answering();
    await reportExpired(table(lease, reportedAt), tracked, client, logger);

    expect({ asked, lines }).toEqual({ asked: [], lines: [] });
  });

  test('a shard without a later record is not warned of, where a table with reports could not be read', async () => {
    const { logger, lines } = memoryLog();
    const { client } = answering({ MillisBehindLatest: 0 }, { MillisBehindLatest: 0 });
    const former = [{ name: 'app-WorkerMetricStats', found: true, error: 'denied' }];
    await reportExpired({ ...table(leaseAt(CHECKPOINT)), former }, tracked, client, logger);

    expect(lines).toEqual([]);
  });

  test('that Kinesis can not be asked is said', async () => {
    const { logger, lines } = memoryLog();
    const client = { send: () => Promise.reject(new Error('denied')) } as unknown as KinesisClient;
    await reportExpired(table(leaseAt(CHECKPOINT)), tracked, client, logger);

    expect(lines).toMatchObject([{ level: 40, shards: 1, err: { message: 'denied' } }]);
  });
});
