import { type KinesisClient, ListShardsCommand, type Shard } from '@aws-sdk/client-kinesis';
import type { StreamArn } from '../aws/arn.js';

/**
 * Lists every shard that Kinesis still knows: open ones, and closed ones until their last record has expired.
 *
 * @throws what the AWS SDK throws
 */
export async function listShards(
  client: KinesisClient,
  { arn }: Pick<StreamArn, 'arn'>,
  abortSignal: AbortSignal,
): Promise<Shard[]> {
  const shards: Shard[] = [];
  let next: string | undefined;
  do {
    // The token names the stream; with both Kinesis refuses the call.
    const page = next === undefined ? { StreamARN: arn } : { NextToken: next };
    const answer = await client.send(new ListShardsCommand(page), { abortSignal });
    shards.push(...(answer.Shards ?? []));
    next = answer.NextToken;
  } while (next !== undefined);
  return shards;
}
