import { GetRecordsCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { cbor } from '@smithy/core/cbor';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { sequenceNumber } from '../../bench/replay/prepared-answer.js';
import { ShardSource } from '../../bench/replay/shard-source.js';
import { startReplay } from '../../bench/replay/start.js';

const RECORDS = { recordBytes: 100, recordsPerBatch: 10, bytesPerSecond: 0 };

interface Decoded {
  Records: { SequenceNumber: string; Data: Uint8Array | string }[];
  NextShardIterator: string;
}

test.each(['cbor', 'json'] as const)(
  'answers in %s are whole, however many records the one before had',
  (format) => {
    const source = new ShardSource('shardId-000000000000', RECORDS);
    let iterator = source.iteratorAfter(undefined);
    let next = 0;
    for (const limit of [10, 1, 0, 3, 10]) {
      const bytes = source.getRecords(iterator, limit, format);
      const answer: Decoded =
        format === 'cbor' ? cbor.deserialize(bytes) : (JSON.parse(bytes.toString('utf8')) as Decoded);
      const expected = Array.from({ length: limit }, (_, index) => sequenceNumber(next + index));
      expect(answer.Records.map((record) => record.SequenceNumber)).toEqual(expected);
      for (const { Data } of answer.Records) {
        expect(Buffer.from(Data as string, format === 'json' ? 'base64' : undefined)).toHaveLength(100);
      }
      next += limit;
      iterator = answer.NextShardIterator;
    }
  },
);

test('the SDK reads all of a stream that is replayed, and the calls are counted', async () => {
  const replay = await startReplay({ shards: [RECORDS, RECORDS] });
  const kinesis = new KinesisClient({
    region: 'us-east-1',
    endpoint: replay.endpoint,
    credentials: { accessKeyId: '222222222222', secretAccessKey: 'x' },
    requestHandler: new NodeHttpHandler(),
  });
  try {
    const from = Date.now();
    const source = new ShardSource('shardId-000000000001', RECORDS);
    const first = await kinesis.send(
      new GetRecordsCommand({ ShardIterator: source.iteratorAfter(undefined) }),
    );
    const second = await kinesis.send(
      new GetRecordsCommand({ ShardIterator: first.NextShardIterator, Limit: 4 }),
    );

    expect([first.Records?.length, second.Records?.length]).toEqual([10, 4]);
    expect(second.Records?.map(({ SequenceNumber }) => SequenceNumber)).toEqual(
      [10, 11, 12, 13].map(sequenceNumber),
    );
    expect(first.MillisBehindLatest).toBeGreaterThan(0);
    const [record] = second.Records ?? [];
    expect(record?.Data).toHaveLength(100);
    expect(record?.PartitionKey).toBe('order-0000000000');
    expect(record?.ApproximateArrivalTimestamp?.getTime()).toBeGreaterThanOrEqual(from);
    expect(await replay.calls()).toMatchObject({ GetRecords: 2 });
    expect(await replay.served()).toEqual([0, 14]);
  } finally {
    kinesis.destroy();
    await replay.stop();
  }
});
