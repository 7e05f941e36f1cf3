import { ListShardsCommand, ResourceNotFoundException, type Shard } from '@aws-sdk/client-kinesis';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { failureOf } from '../failure.js';
import type { StreamTarget } from '../target.js';

/** @returns the ids of the first page, up to 1,000 */
export function listShardsCheck(
  { stream, kinesis }: StreamTarget,
  identity: Check<unknown>,
): Check<readonly string[]> {
  return defineCheck({
    id: 'list-shards',
    asserts: "can list the stream's shards",
    fixedBy: 'both',
    needs: [identity],
    async run(_needs, signal): Promise<Verdict<readonly string[]>> {
      try {
        const answer = await kinesis.send(new ListShardsCommand({ StreamARN: stream.arn }), {
          abortSignal: signal,
        });
        const shards = (answer.Shards ?? []).flatMap(({ ShardId }: Shard) => ShardId ?? []);
        return passed(`${shards.length}${answer.NextToken === undefined ? '' : ' and more'} shards`, shards);
      } catch (error) {
        // Told by stream-summary.
        if (error instanceof ResourceNotFoundException)
          return { status: 'skipped', message: 'there is no such stream' };
        return failureOf(error, { action: 'kinesis:ListShards', resource: stream.arn });
      }
    },
  });
}
