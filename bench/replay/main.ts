/**
 * A Kinesis that has no storage: it answers what `start` and KCL ask for polling, as quickly as they ask. In a process
 * of its own, so that its work is not counted as the worker's; see start.ts.
 */

import { AwsError } from '../../lab/gate/aws-error.js';
import { listen } from '../../lab/gate/server.js';
import { type Answer, type Request, wireOf } from '../../lab/gate/wire.js';
import { isFields } from '../../lab/iam/api-call.js';
import { type ReplayedRecords, ShardSource, shardOf } from './shard-source.js';
import type { ReplayOptions } from './start.js';

const { port, shards } = JSON.parse(process.env.REPLAY ?? '') as ReplayOptions & { port: number };
const sources = new Map(
  shards.map((records: ReplayedRecords, index) => [shardId(index), new ShardSource(shardId(index), records)]),
);

process.stdin.on('end', () => process.exit()).on('error', () => process.exit());
process.stdin.resume();
await listen({ port }, async (request) => {
  try {
    return request.path === '/served' ? served() : answer(request);
  } catch (error) {
    return wireOf(request).error(new AwsError('InternalFailure', String(error)));
  }
});

function answer(request: Request): Answer {
  const wire = wireOf(request);
  const target = wire.target(request);
  const decoded = wire.decode(request.body);
  const fields = isFields(decoded) ? decoded : {};
  switch (target) {
    case 'Kinesis_20131202.DescribeStreamSummary':
      return wire.encode(summary(String(fields.StreamARN)), target);
    case 'Kinesis_20131202.ListShards':
      return wire.encode({ Shards: listShards() }, target);
    case 'Kinesis_20131202.GetShardIterator': {
      const position = fields.StartingSequenceNumber;
      const source = sourceOf(String(fields.ShardId));
      const iterator = source.iteratorAfter(typeof position === 'string' ? position : undefined);
      return wire.encode({ ShardIterator: iterator }, target);
    }
    case 'Kinesis_20131202.GetRecords': {
      const iterator = String(fields.ShardIterator);
      const body = sourceOf(shardOf(iterator)).getRecords(iterator, Number(fields.Limit ?? 10_000));
      return { status: 200, headers: { 'content-type': 'application/x-amz-cbor-1.1' }, body };
    }
    default:
      return wire.error(new AwsError('UnknownOperationException', `the replay does not know '${target}'`));
  }
}

function served(): Answer {
  const body = JSON.stringify([...sources.values()].map((source) => source.served));
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

function sourceOf(shard: string): ShardSource {
  const source = sources.get(shard);
  if (source === undefined) throw new Error(`the replay has no ${shard}`);
  return source;
}

function summary(arn: string): object {
  return {
    StreamDescriptionSummary: {
      StreamName: arn.split('/')[1],
      StreamARN: arn,
      StreamStatus: 'ACTIVE',
      StreamCreationTimestamp: 1_700_000_000,
      RetentionPeriodHours: 24,
      EnhancedMonitoring: [],
      EncryptionType: 'NONE',
      OpenShardCount: sources.size,
      ConsumerCount: 0,
    },
  };
}

function listShards(): object[] {
  const width = 2n ** 128n / BigInt(sources.size);
  return [...sources.keys()].map((id, index) => ({
    ShardId: id,
    HashKeyRange: {
      StartingHashKey: String(width * BigInt(index)),
      EndingHashKey: String(index === sources.size - 1 ? 2n ** 128n - 1n : width * BigInt(index + 1) - 1n),
    },
    SequenceNumberRange: { StartingSequenceNumber: '0' },
  }));
}

function shardId(index: number): string {
  return `shardId-${String(index).padStart(12, '0')}`;
}
