import { ListShardsCommand, type ListShardsCommandInput } from '@aws-sdk/client-kinesis';
import { isMissing } from '../../aws/known-errors/known-errors.js';
import { deadlineSignal } from '../../errors/time-limit.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { endpointOf } from '../endpoint.js';
import { failureOf } from '../failure.js';
import type { StreamTarget } from '../target.js';

/** Shorter than what is left of the check's limit, so that the silent name can be told. */
const SILENCE_MS = 8_000;

/** @returns the ids of the first page, up to 1,000, and of the second, which Kinesis gives under another name */
export function listShardsCheck(
  { stream, kinesis }: StreamTarget,
  identity: Check<unknown>,
): Check<readonly string[]> {
  const failure = (error: unknown) =>
    failureOf(error, { action: 'kinesis:ListShards', resource: stream.arn });

  async function list(input: ListShardsCommandInput, abortSignal: AbortSignal) {
    const { Shards = [], NextToken } = await kinesis.send(new ListShardsCommand(input), { abortSignal });
    return { ids: Shards.flatMap(({ ShardId }) => ShardId ?? []), NextToken };
  }

  async function noSecondPage(error: unknown, input: ListShardsCommandInput): Promise<Verdict<never>> {
    const verdict = failure(error);
    if (verdict.status !== 'error') return verdict;
    const { host } = await endpointOf(kinesis, ListShardsCommand, input);
    const message = `the second page of the shards, from ${host}: ${verdict.message}`;
    const need = `Readers of streams of more than 1,000 shards need ${host}, in allow-lists and VPC endpoints too.`;
    return { ...verdict, message, remedy: verdict.remedy === undefined ? need : `${verdict.remedy} ${need}` };
  }

  return defineCheck({
    id: 'list-shards',
    asserts: "can list the stream's shards",
    fixedBy: 'both',
    needs: [identity],
    async run(_needs, signal): Promise<Verdict<readonly string[]>> {
      let first: Awaited<ReturnType<typeof list>>;
      try {
        first = await list({ StreamARN: stream.arn }, signal);
      } catch (error) {
        // Told by stream-summary.
        if (isMissing(error)) return { status: 'skipped', message: 'there is no such stream' };
        return failure(error);
      }
      const { ids, NextToken } = first;
      if (NextToken === undefined) return passed(`${ids.length} shards`, ids);
      try {
        const second = await list({ NextToken }, deadlineSignal(SILENCE_MS, signal));
        const all = [...ids, ...second.ids];
        return passed(`${all.length}${second.NextToken === undefined ? '' : ' and more'} shards`, all);
      } catch (error) {
        return await noSecondPage(error, { NextToken });
      }
    },
  });
}
