import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { createStream, type Lab, putRecords, registerConsumer, startLab } from '../../lab/lab.js';
import { parseConsumerArn, parseStreamArn } from '../../src/aws/arn.js';
import { type KclTables, kclTables } from '../../src/aws/kcl-tables.js';
import type { StreamSource } from '../../src/config/streams.js';
import { AccessError, EpochError, LeaseTableError } from '../../src/errors/errors.js';
import { checkStream } from '../../src/leases/check-stream.js';
import { tableLookups } from '../../src/leases/lease-table-reader.js';
import { streamLookups } from '../../src/leases/lookup.js';
import { trackStreams } from '../../src/leases/tracked-streams.js';
import { memoryLog } from '../helpers/memory-log.js';
import { makeFormerTables } from './helpers/former-tables.js';
import { leaseItem, makeLeaseTable } from './helpers/lease-tables.js';
import { lookUp } from './helpers/look-up.js';

const DAY_MS = 86_400_000;
const SHARD = 'shardId-000000000000';

let lab: Lab;
let orders: string;
let epoch: number;
beforeAll(async () => {
  lab = await startLab();
  orders = await createStream(lab.owner, 'orders', 1);
  epoch = (await checkStream(lookUp(lab.reader.kinesis, parseStreamArn(orders)))).creationEpoch;
});
afterAll(() => lab.stop());

interface Tracking {
  leaseTable?: string;
  tables?: KclTables;
  allowEpochChange?: boolean;
  kinesis?: KinesisClient;
  javaCredentials?: boolean;
}

/** As the reader, with a table that does not exist unless one is given. */
async function track(
  streams: readonly [StreamSource, ...StreamSource[]],
  {
    leaseTable = 'nothing',
    tables = kclTables(leaseTable),
    allowEpochChange = false,
    kinesis = lab.reader.kinesis,
    javaCredentials = false,
  }: Tracking = {},
) {
  const { logger, lines, messages } = memoryLog();
  const config = {
    streams,
    tables,
    allowEpochChange,
    javaCredentials,
    initialPositionInStream: 'TRIM_HORIZON',
    initialPositionInStreamExtended: undefined,
  } as const;
  const lookup = {
    kinesis,
    streams: streamLookups(kinesis, streams),
    tables: tableLookups(lab.reader.dynamodb, tables),
  };
  const tracked = await trackStreams(config, lookup, logger);
  return { tracked, lines, warnings: messages('warn') };
}

function source(arn: string, creationEpoch?: StreamSource['creationEpoch'], consumer?: string): StreamSource {
  return {
    stream: parseStreamArn(arn),
    consumer: consumer === undefined ? undefined : parseConsumerArn(consumer),
    creationEpoch,
    initialPosition: 'LATEST',
  };
}

function keyOf(stream: string, creationEpoch: number): string {
  return `111111111111:${stream}:${creationEpoch}:${SHARD}`;
}

test('a stream by its ARN alone has no creation epoch, whatever Kinesis says', async () => {
  const { tracked, lines } = await track([source(orders)]);

  expect(tracked).toEqual([{ ...source(orders), createdAt: epoch, retentionMs: DAY_MS }]);
  expect(lines.at(-1)).toMatchObject({
    msg: 'stream found',
    stream: orders,
    status: 'ACTIVE',
    openShards: 1,
  });
});

test('without a lease table it is said what will be read, and what to do if there was one', async () => {
  const { warnings } = await track([source(orders)]);

  expect(warnings).toEqual([
    'there is no lease table nothing: KCL makes a new one, and only records that are put from now on are read (LATEST). If the application has run before, its checkpoints are lost: stop the worker, and restore the table before the next start',
  ]);
});

describe('leases of an earlier stream of that name', () => {
  const OLD = '49590338271490256608559692538361571095921575989136588898';

  test('are refused for the ARN alone, by their sequence numbers', async () => {
    await makeLeaseTable(lab.reader, 'made-again', [leaseItem(SHARD, { checkpoint: { S: OLD } })]);
    const error = await track([source(orders)], { leaseTable: 'made-again' }).catch((reason) => reason);

    expect(error).toBeInstanceOf(LeaseTableError);
    expect(error.message).toContain(`has leases that are not of the stream ${orders} as it is now`);
  });

  test('and for an epoch that was chosen by hand, whatever is allowed', async () => {
    const lease = leaseItem(keyOf('orders', 1_600_000_000), { checkpoint: { S: OLD } });
    await makeLeaseTable(lab.reader, 'chosen', [lease]);
    const tracking = { leaseTable: 'chosen', allowEpochChange: true };

    await expect(track([source(orders, 1_600_000_000)], tracking)).rejects.toThrow(LeaseTableError);
    // Those of another epoch are not used.
    await expect(track([source(orders, 'auto')], tracking)).resolves.toBeDefined();
  });

  test('are not judged while the shards can not be listed, which is said', async () => {
    await makeLeaseTable(lab.reader, 'unlisted', [leaseItem(SHARD, { checkpoint: { S: OLD } })]);
    const kinesis = {
      send(command: { input: object; constructor: { name: string } }, options: object) {
        if (command.constructor.name === 'ListShardsCommand') return Promise.reject(new Error('not now'));
        return lab.reader.kinesis.send(command as never, options);
      },
    } as unknown as KinesisClient;
    const { warnings } = await track([source(orders)], { leaseTable: 'unlisted', kinesis });

    expect(warnings).toContainEqual(expect.stringContaining("the stream's shards can't be listed"));
  });
});

test('a checkpoint whose record is not retained any more is warned of, and the start goes on', async () => {
  const arn = await createStream(lab.owner, 'expired', 2);
  const one = { partitionKey: 'a', data: Buffer.from('a') };
  const [first] = await putRecords(lab.owner, arn, [one]);
  const { shardId = '', sequenceNumber = '' } = first ?? {};
  const { Shards = [] } = await lab.owner.kinesis.send(new ListShardsCommand({ StreamARN: arn }));
  const keys = Shards.find(({ ShardId }) => ShardId === shardId)?.HashKeyRange;
  const lease = (checkpoint: string) =>
    leaseItem(shardId, {
      checkpoint: { S: checkpoint },
      startingHashKey: { S: keys?.StartingHashKey ?? '' },
      endingHashKey: { S: keys?.EndingHashKey ?? '' },
    });
  await makeLeaseTable(lab.reader, 'up-to-date', [lease(sequenceNumber)]);
  await makeLeaseTable(lab.reader, 'too-old', [lease(String(BigInt(sequenceNumber) - 1n))]);

  // Which answers as Kinesis does where a record has expired.
  const kinesis = new KinesisClient({
    endpoint: lab.gate.endpoint,
    region: lab.region,
    credentials: { accessKeyId: lab.owner.id, secretAccessKey: 'lab' },
  });
  expect((await track([source(arn)], { leaseTable: 'up-to-date', kinesis })).warnings).toEqual([]);
  const { warnings } = await track([source(arn)], { leaseTable: 'too-old', kinesis });
  expect(warnings).toEqual([
    expect.stringMatching(`^${shardId}: the record of its checkpoint has expired \\(retention 24 h\\)`),
  ]);
});

test('a shard that a live worker reads is not asked for, where workers report to the table of KCL 3.0 to 3.4', async () => {
  const arn = await createStream(lab.owner, 'three-tables', 2);
  const [first] = await putRecords(lab.owner, arn, [{ partitionKey: 'a', data: Buffer.from('a') }]);
  const { shardId = '', sequenceNumber = '' } = first ?? {};
  const checkpoints = { [shardId]: sequenceNumber };
  const tables = kclTables('three', { lease: 'three-leases', workerMetrics: 'three-metrics' });
  await makeFormerTables(lab.reader, tables, { reportedAt: Date.now() / 1000, checkpoints });
  const asked: string[] = [];
  const kinesis = {
    send(command: object, options: object) {
      asked.push(command.constructor.name);
      return lab.reader.kinesis.send(command as never, options);
    },
  } as unknown as KinesisClient;
  await track([source(arn)], { tables, kinesis });
  expect(asked).not.toContain('GetShardIteratorCommand');

  await makeFormerTables(lab.reader, kclTables('three-old'), { checkpoints });
  await track([source(arn)], { leaseTable: 'three-old', kinesis });
  expect(asked).toContain('GetShardIteratorCommand');
});

test('auto is the epoch of the stream, where there are no leases', async () => {
  const { tracked, lines } = await track([source(orders, 'auto')]);

  expect(tracked).toEqual([{ ...source(orders, epoch), createdAt: epoch, retentionMs: DAY_MS }]);
  expect(lines.at(-1)).toMatchObject({ msg: 'stream found', creationEpoch: epoch, epochFrom: 'stream' });
});

test('auto is the epoch of the leases, where they have that of the stream', async () => {
  await makeLeaseTable(lab.reader, 'same', [leaseItem(keyOf('orders', epoch))]);
  const { tracked, lines, warnings } = await track([source(orders, 'auto')], { leaseTable: 'same' });

  expect(tracked).toEqual([{ ...source(orders, epoch), createdAt: epoch, retentionMs: DAY_MS }]);
  expect(lines).toMatchObject([{ epochFrom: 'leases' }]);
  expect(warnings).toEqual([]);
});

test('an epoch that contradicts the leases is refused, with the ways out', async () => {
  await makeLeaseTable(lab.reader, 'earlier', [leaseItem(keyOf('orders', 1_600_000_000))]);
  const error = await track([source(orders, 'auto')], { leaseTable: 'earlier' }).catch((reason) => reason);

  expect(error).toBeInstanceOf(EpochError);
  expect(error).toMatchObject({
    message: expect.stringMatching(`${epoch} .*1600000000 .*read again$`),
    remedy: expect.stringContaining('--allow-epoch-change'),
  });
});

test('an epoch that contradicts the leases is warned of, where a change is allowed', async () => {
  await makeLeaseTable(lab.reader, 'changed', [leaseItem(keyOf('orders', 1_600_000_000))]);
  const { tracked, warnings } = await track([source(orders, 'auto')], {
    leaseTable: 'changed',
    allowEpochChange: true,
  });

  expect(tracked).toEqual([{ ...source(orders, epoch), createdAt: epoch, retentionMs: DAY_MS }]);
  expect(warnings).toEqual([expect.stringContaining('allowEpochChange is set: new leases would be made')]);
});

test('leases of another stream contradict nothing', async () => {
  await makeLeaseTable(lab.reader, 'of-another', [leaseItem(keyOf('payments', 1_600_000_000))]);
  const { tracked } = await track([source(orders, 'auto')], { leaseTable: 'of-another' });

  expect(tracked).toEqual([{ ...source(orders, epoch), createdAt: epoch, retentionMs: DAY_MS }]);
});

test('leases of the single-stream form are refused, where streams are tracked with epochs', async () => {
  await makeLeaseTable(lab.reader, 'single', [leaseItem(SHARD)]);
  const error = await track([source(orders, 'auto')], { leaseTable: 'single' }).catch((reason) => reason);

  expect(error).toBeInstanceOf(LeaseTableError);
  expect(error).toMatchObject({
    message: expect.stringMatching(
      `^the lease table single has leases like ${SHARD}, .* without its epoch: .* read again$`,
    ),
    remedy: expect.stringMatching(/streamArn alone, without streamCreationEpoch.*another applicationName/),
  });
});

test('leases of the multi-stream form are refused, where one stream is tracked without its epoch', async () => {
  await makeLeaseTable(lab.reader, 'multi', [leaseItem(keyOf('orders', epoch))]);
  const error = await track([source(orders)], { leaseTable: 'multi' }).catch((reason) => reason);

  expect(error).toBeInstanceOf(LeaseTableError);
  expect(error).toMatchObject({
    message: expect.stringMatching(
      `leases like ${keyOf('orders', epoch)}, .* creation epoch: .* read again$`,
    ),
    remedy: expect.stringMatching(/streamCreationEpoch = auto.*another applicationName/),
  });
});

test('from leases of the same form it continues', async () => {
  await makeLeaseTable(lab.reader, 'single-again', [leaseItem(SHARD)]);

  await expect(track([source(orders)], { leaseTable: 'single-again' })).resolves.toMatchObject({
    warnings: [],
  });
});

test('items of other kinds have no form', async () => {
  const leader = leaseItem('Leader', { entityType: { S: 'LEADER' } });
  await makeLeaseTable(lab.reader, 'new', [leader]);

  await expect(track([source(orders, 'auto')], { leaseTable: 'new' })).resolves.toMatchObject({
    warnings: [
      expect.stringMatching(/^the lease table new has no leases: only records that are put from now on/),
    ],
  });
});

test('a lease table without its index is warned of', async () => {
  await makeLeaseTable(lab.reader, 'old', [leaseItem(SHARD)], { index: false });
  const { warnings } = await track([source(orders)], { leaseTable: 'old' });

  expect(warnings).toEqual([
    expect.stringMatching(/no index LeaseOwnerToLeaseKeyIndex: .*dynamodb:UpdateTable/),
  ]);
});

test('a consumer that is ACTIVE is kept', async () => {
  const consumer = await registerConsumer(lab.owner, orders, 'me');
  const { tracked } = await track([source(orders, undefined, consumer)]);

  expect(tracked).toMatchObject([{ consumer: { arn: consumer } }]);
});

test('a consumer that does not exist is refused', async () => {
  const consumer = `${orders}/consumer/nobody:1700000000`;

  await expect(track([source(orders, undefined, consumer)])).rejects.toThrow(
    `the consumer ${consumer} can't be used: there is no such consumer`,
  );
});

test('one stream of several that does not exist is refused', async () => {
  const missing = `${orders}-missing`;
  const error = await track([source(orders, 'auto'), source(missing, 'auto')]).catch((reason) => reason);

  expect(error).toBeInstanceOf(AccessError);
  expect(error).toMatchObject({ message: expect.stringContaining(`${missing} can't be read`) });
});

test('many streams keep their order, and are described no faster than Kinesis allows', async () => {
  const times: number[] = [];
  const kinesis = {
    async send({ input }: { input: { StreamARN: string } }) {
      times.push(performance.now());
      const number = Number(input.StreamARN.split('-').at(-1));
      await sleep((number * 7) % 10);
      const created = new Date((1_700_000_000 + number) * 1000);
      return { StreamDescriptionSummary: { StreamStatus: 'ACTIVE', StreamCreationTimestamp: created } };
    },
  } as unknown as KinesisClient;
  const [first, ...others] = Array.from({ length: 23 }, (_, n) => source(`${orders}-${n}`, 'auto'));

  const { tracked } = await track([first ?? source(orders), ...others], { kinesis });

  expect(tracked.map(({ stream, creationEpoch }) => [stream.streamName, creationEpoch])).toEqual(
    Array.from({ length: 23 }, (_, n) => [`orders-${n}`, 1_700_000_000 + n]),
  );
  const inASecond = times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length);
  expect(Math.max(...inASecond)).toBeLessThanOrEqual(10);
});

test('leases of the stream with other epochs are named, although they contradict nothing', async () => {
  await makeLeaseTable(lab.reader, 'both', [
    leaseItem(keyOf('orders', epoch)),
    leaseItem(keyOf('orders', 1_600_000_000)),
  ]);
  const { tracked, warnings } = await track([source(orders, 'auto')], { leaseTable: 'both' });

  expect(tracked).toEqual([{ ...source(orders, epoch), createdAt: epoch, retentionMs: DAY_MS }]);
  expect(warnings).toEqual([
    expect.stringContaining('also has leases of this stream with other creation epochs'),
  ]);
});

describe('with credentials that Java alone knows', () => {
  const missing = () => orders.replace('orders', 'missing');

  test('a stream that is refused here is left to KCL, with a warning', async () => {
    const { tracked, warnings } = await track([source(missing())], { javaCredentials: true });

    expect(tracked).toEqual([{ ...source(missing()), createdAt: undefined, retentionMs: undefined }]);
    expect(warnings).toEqual([expect.stringContaining("the streams can't be checked before the start")]);
  });

  test('but not where its epoch must be found out', async () => {
    await expect(track([source(missing(), 'auto')], { javaCredentials: true })).rejects.toThrow(AccessError);
  });

  test('the form of the lease table is compared all the same', async () => {
    await makeLeaseTable(lab.reader, 'of-a-tracker', [leaseItem(keyOf('orders', epoch))]);

    await expect(
      track([source(missing())], { javaCredentials: true, leaseTable: 'of-a-tracker' }),
    ).rejects.toThrow(LeaseTableError);
  });
});
