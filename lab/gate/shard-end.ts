import { type ChildShard, DescribeStreamCommand, type KinesisClient } from '@aws-sdk/client-kinesis';

/** Most that Kinesis gives at once (DescribeStream, API reference). */
const SHARDS = 10_000;

/**
 * Tells when a subscription has come to the end of its shard: kinesis-local never does, and goes on with events that
 * hold nothing.
 */
export class ShardEnd {
  readonly #client: KinesisClient;
  readonly #streamArn: string;
  readonly #shardId: string;
  #children: ChildShard[] = [];

  /** @param client calls the emulator itself */
  constructor(client: KinesisClient, streamArn: string, shardId: string) {
    this.#client = client;
    this.#streamArn = streamArn;
    this.#shardId = shardId;
  }

  /**
   * To be called with each event, in order.
   *
   * @return the shard's children, if the event is behind all of its records; else nothing
   */
  async childrenBehind(records: unknown): Promise<readonly ChildShard[]> {
    if (Array.isArray(records) && records.length > 0) return [];
    // Known before this event was read: what came into the shard after an event, and before it was closed, is not lost.
    const known = this.#children;
    if (known.length === 0) this.#children = await this.#askForChildren();
    return known;
  }

  /** A shard that has children is closed. */
  async #askForChildren(): Promise<ChildShard[]> {
    try {
      const { StreamDescription } = await this.#client.send(
        new DescribeStreamCommand({ StreamARN: this.#streamArn, Limit: SHARDS }),
      );
      return (StreamDescription?.Shards ?? [])
        .map(({ ShardId, HashKeyRange, ParentShardId, AdjacentParentShardId }) => ({
          ShardId,
          HashKeyRange,
          ParentShards: [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined),
        }))
        .filter(({ ParentShards }) => ParentShards.includes(this.#shardId));
    } catch {
      // The stream may be gone, and so may the emulator: the subscription itself will tell.
      return [];
    }
  }
}
