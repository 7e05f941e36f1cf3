/**
 * A Kinesis that has no storage: it answers what `start` and KCL ask for polling, as quickly as they ask. In a process
 * of its own, so that its work is not counted as the worker's; see start.ts.
 */

import { AwsError, toAwsError } from '../../lab/gate/aws-error.js';
import { listen } from '../../lab/gate/server.js';
import { ShardPages } from '../../lab/gate/shard-pages.js';
import { type Answer, type Request, type Wire, wireOf } from '../../lab/gate/wire.js';
import { type Fields, isFields } from '../../lab/iam/api-call.js';
import { childrenOf, isOpen, ReplayedStream } from './replayed-stream.js';
import { shardOf } from './shard-source.js';
import type { ReplayedShardState, ReplayOptions, Runs } from './start.js';
import { listenWithTls } from './tls-front.js';

const { port, shards, tls } = JSON.parse(process.env.REPLAY ?? '') as Pick<ReplayOptions, 'tls'> & {
  port: number;
  shards: Runs;
};
const stream = new ReplayedStream(
  shards.flatMap(([count, records]) => new Array<typeof records>(count).fill(records)),
);
const pages = new ShardPages();
/** Calls by operation. */
const calls: Record<string, number> = {};

process.stdin.on('end', () => process.exit()).on('error', () => process.exit());
process.stdin.resume();
// Before the plain port, whose first answer says that all is ready.
if (tls) await listenWithTls(tls, port);
await listen({ port }, async (request) => {
  try {
    if (request.path === '/shards') return plain(states());
    if (request.path === '/calls') return plain(calls);
    if (request.path === '/freeze') {
      for (const { source } of stream.all) source.freeze();
      return plain(states());
    }
    return answer(request);
  } catch (error) {
    return wireOf(request).error(toAwsError(error));
  }
});

function answer(request: Request): Answer {
  const wire = wireOf(request);
  const target = wire.target(request);
  const operation = target.slice(target.indexOf('.') + 1);
  calls[operation] = (calls[operation] ?? 0) + 1;
  const decoded = wire.decode(request.body);
  const fields = isFields(decoded) ? decoded : {};
  switch (target) {
    case 'Kinesis_20131202.DescribeStreamSummary':
      return wire.encode({ StreamDescriptionSummary: summary(fields, isCbor(request)) }, target);
    case 'Kinesis_20131202.DescribeStream':
      return wire.encode({ StreamDescription: description(fields, isCbor(request)) }, target);
    case 'Kinesis_20131202.ListTagsForStream':
      return wire.encode({ Tags: [], HasMoreTags: false }, target);
    case 'Kinesis_20131202.ListShards': {
      const { NextToken: token } = fields;
      const page =
        typeof token === 'string' ? pages.next(token, fields) : pages.first(stream.list(fields), fields);
      return wire.encode(page, target);
    }
    case 'Kinesis_20131202.UpdateShardCount': {
      const before = stream.open.length;
      stream.updateShardCount(Number(fields.TargetShardCount));
      return wire.encode({ CurrentShardCount: before, TargetShardCount: fields.TargetShardCount }, target);
    }
    case 'Kinesis_20131202.GetShardIterator': {
      const position = fields.StartingSequenceNumber;
      const { source } = stream.find(String(fields.ShardId));
      const iterator = source.iteratorAfter(typeof position === 'string' ? position : undefined);
      return wire.encode({ ShardIterator: iterator }, target);
    }
    case 'Kinesis_20131202.GetRecords':
      return getRecords(request, wire, fields, target);
    default:
      return wire.error(new AwsError('UnknownOperationException', `the replay does not know '${target}'`));
  }
}

function getRecords(request: Request, wire: Wire, fields: Fields, target: string): Answer {
  const iterator = String(fields.ShardIterator);
  const shard = stream.find(shardOf(iterator));
  if (!isOpen(shard) && shard.source.isAtEnd(iterator)) {
    return wire.encode({ Records: [], MillisBehindLatest: 0, ChildShards: childrenOf(shard) }, target);
  }
  const body = shard.source.getRecords(
    iterator,
    Number(fields.Limit ?? 10_000),
    isCbor(request) ? 'cbor' : 'json',
  );
  return { status: 200, headers: { 'content-type': String(request.headers['content-type']) }, body };
}

function states(): ReplayedShardState[] {
  return stream.all.map(({ id, parents, children, source }) => ({
    id,
    parents: parents.map((parent) => parent.id),
    open: isOpen({ children }),
    served: source.served,
    records: source.total,
  }));
}

function plain(value: object): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

const isCbor = ({ headers }: Request) => String(headers['content-type']).includes('cbor');

/** @param inMs as Kinesis gives times in CBOR; in JSON they are seconds */
function summary(fields: Fields, inMs: boolean): object {
  return {
    ...common(fields, inMs),
    OpenShardCount: stream.open.length,
    ConsumerCount: 0,
  };
}

function description(fields: Fields, inMs: boolean): object {
  return { ...common(fields, inMs), Shards: stream.list({}), HasMoreShards: false };
}

function common({ StreamARN: arn, StreamName: name }: Fields, inMs: boolean): object {
  return {
    StreamName: typeof arn === 'string' ? arn.split('/')[1] : name,
    StreamARN: arn ?? `arn:aws:kinesis:us-east-1:111122223333:stream/${name}`,
    StreamStatus: 'ACTIVE',
    StreamCreationTimestamp: 1_700_000_000 * (inMs ? 1000 : 1),
    RetentionPeriodHours: 24,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: 'NONE',
  };
}
