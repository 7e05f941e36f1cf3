import { ListShardsCommand, type ListShardsOutput } from '@aws-sdk/client-kinesis';
import { isMissing } from '../../aws/known-errors/known-errors.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { endpointOf } from '../endpoint.js';
import { failureOf } from '../failure.js';
import type { StreamTarget } from '../target.js';

/** @returns the ids of the first page, up to 1,000, and of the second, which Kinesis gives under another name */
export function listShardsCheck(
  { stream, kinesis, lookup }: StreamTarget,
  identity: Check<unknown>,
): Check<readonly string[]> {
  const failure = (error: unknown) =>
    failureOf(error, { action: 'kinesis:ListShards', resource: stream.arn });

  async function noSecondPage(error: unknown): Promise<Verdict<never>> {
    const verdict = failure(error);
    if (verdict.status !== 'error') return verdict;
    const { host } = await endpointOf(kinesis, ListShardsCommand, { NextToken: 'of any page but the first' });
    const message = `the second page of the shards, from ${host}: ${verdict.message}`;
    const need = `Readers of streams of more than 1,000 shards need ${host}, in allow-lists and VPC endpoints too.`;
    return { ...verdict, message, remedy: verdict.remedy === undefined ? need : `${verdict.remedy} ${need}` };
  }

  return defineCheck({
    id: 'list-shards',
    asserts: "can list the stream's shards",
    fixedBy: 'both',
    needs: [identity],
    async run(): Promise<Verdict<readonly string[]>> {
      let first: ListShardsOutput | undefined;
      try {
        first = await lookup.shardPage(0);
      } catch (error) {
        // Reported by stream-summary.
        if (isMissing(error)) return { status: 'skipped', message: 'there is no such stream' };
        return failure(error);
      }
      try {
        const second = await lookup.shardPage(1);
        const ids = [first, second].flatMap(
          (page) => page?.Shards?.flatMap(({ ShardId }) => ShardId ?? []) ?? [],
        );
        const more = second?.NextToken === undefined ? '' : ' and more';
        return passed(`${ids.length}${more} shards`, ids);
      } catch (error) {
        return await noSecondPage(error);
      }
    },
  });
}
