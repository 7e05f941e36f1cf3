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

/**
 * Looks at what is to be read with the calls of Lambda's pollers.
 *
 * @returns the ids of the stream's shards
 * @throws what the SDK throws
 */
export async function describeSource(
  kinesis: KinesisClient,
  { streamArn, consumerArn }: EventSource,
): Promise<string[]> {
  const stream = { StreamARN: streamArn };
  await kinesis.send(new DescribeStreamCommand(stream));
  await kinesis.send(new DescribeStreamSummaryCommand(stream));
  if (consumerArn !== undefined) {
    await kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN: consumerArn }));
  }
  const { Shards = [] } = await kinesis.send(new ListShardsCommand(stream));
  return Shards.map(({ ShardId = '' }) => ShardId);
}
