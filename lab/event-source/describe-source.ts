import {
  DescribeStreamCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';

export interface EventSource {
  readonly streamArn: string;
  /** Read by enhanced fan-out. */
  readonly consumerArn?: string | undefined;
}

export interface SourceShard {
  readonly id: string;
  /** What it was split or merged from, as far as that is retained. */
  readonly parents: readonly string[];
}

/**
 * Looks at what is to be read with the calls of Lambda's pollers.
 *
 * @returns the stream's shards
 * @throws what the SDK throws
 */
export async function describeSource(
  kinesis: KinesisClient,
  { streamArn, consumerArn }: EventSource,
): Promise<SourceShard[]> {
  const stream = { StreamARN: streamArn };
  await kinesis.send(new DescribeStreamCommand(stream));
  await kinesis.send(new DescribeStreamSummaryCommand(stream));
  if (consumerArn !== undefined) {
    await kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN: consumerArn }));
  }
  return listShards(kinesis, streamArn);
}

/** @throws what the SDK throws */
export async function listShards(kinesis: KinesisClient, streamArn: string): Promise<SourceShard[]> {
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamARN: streamArn }));
  return Shards.map(({ ShardId: id = '', ParentShardId, AdjacentParentShardId }) => ({
    id,
    parents: [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined),
  }));
}
