import { setTimeout as sleep } from 'node:timers/promises';
import { CreateStreamCommand, DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import type { Account } from './account.js';
import { EmulatorError } from './emulator-error.js';

const defaults = { activeTimeoutMs: 30_000, pollIntervalMs: 60 };

/** Creates a provisioned stream in the account, waits until it is ACTIVE and returns its ARN. */
export async function createStream(account: Account, name: string, shards: number): Promise<string> {
  await account.kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
  const deadline = Date.now() + defaults.activeTimeoutMs;
  let status: string | undefined;
  while (Date.now() < deadline) {
    await sleep(defaults.pollIntervalMs);
    const answer = await account.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }));
    const summary = answer.StreamDescriptionSummary;
    status = summary?.StreamStatus;
    if (status === 'ACTIVE' && summary?.StreamARN !== undefined) return summary.StreamARN;
  }
  throw new EmulatorError(`stream '${name}' is still ${status} after ${defaults.activeTimeoutMs} ms`);
}
