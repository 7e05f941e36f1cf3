import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  MergeShardsCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  SplitShardCommand,
  StartStreamEncryptionCommand,
} from '@aws-sdk/client-kinesis';
import type { Account } from './account.js';
import { EmulatorError } from './emulator-error.js';

const defaults = { activeTimeoutMs: 30_000, pollIntervalMs: 60 };

/** Creates a provisioned stream in the account, waits until it is ACTIVE and returns its ARN. */
export async function createStream(account: Account, name: string, shards: number): Promise<string> {
  try {
    await account.kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
  } catch (error) {
    // The SDK tries again when an answer was lost, and the first call may have made the stream.
    if (!(error instanceof ResourceInUseException) || (error.$metadata.attempts ?? 1) === 1) throw error;
  }
  return untilActive(account, { StreamName: name });
}

/** Encrypts what is put from then on with that key, and returns when it does. */
export async function encryptStream(account: Account, arn: string, keyArn: string): Promise<void> {
  await account.kinesis.send(
    new StartStreamEncryptionCommand({ StreamARN: arn, EncryptionType: 'KMS', KeyId: keyArn }),
  );
  await untilActive(account, { StreamARN: arn });
}

/** Deletes the stream, and returns when it is gone: then one of the same name can be made. */
export async function deleteStream(account: Account, arn: string): Promise<void> {
  await account.kinesis.send(new DeleteStreamCommand({ StreamARN: arn, EnforceConsumerDeletion: true }));
  for (;;) {
    try {
      await account.kinesis.send(new DescribeStreamSummaryCommand({ StreamARN: arn }));
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return;
      throw error;
    }
    await sleep(defaults.pollIntervalMs);
  }
}

/** Splits a shard at the middle of its keys; its two children take what is put from then on. */
export async function splitShard(account: Account, arn: string, shard: string, at: bigint): Promise<void> {
  await account.kinesis.send(
    new SplitShardCommand({ StreamARN: arn, ShardToSplit: shard, NewStartingHashKey: String(at) }),
  );
  await untilActive(account, { StreamARN: arn });
}

/** Merges two neighbours; their child takes what is put from then on. */
export async function mergeShards(
  account: Account,
  arn: string,
  shard: string,
  with_: string,
): Promise<void> {
  await account.kinesis.send(
    new MergeShardsCommand({ StreamARN: arn, ShardToMerge: shard, AdjacentShardToMerge: with_ }),
  );
  await untilActive(account, { StreamARN: arn });
}

async function untilActive(
  account: Account,
  stream: { StreamName: string } | { StreamARN: string },
): Promise<string> {
  const deadline = Date.now() + defaults.activeTimeoutMs;
  let status: string | undefined;
  while (Date.now() < deadline) {
    await sleep(defaults.pollIntervalMs);
    const answer = await account.kinesis.send(new DescribeStreamSummaryCommand(stream));
    const summary = answer.StreamDescriptionSummary;
    status = summary?.StreamStatus;
    if (status === 'ACTIVE' && summary?.StreamARN !== undefined) return summary.StreamARN;
  }
  throw new EmulatorError(
    `${JSON.stringify(stream)} is still ${status} after ${defaults.activeTimeoutMs} ms`,
  );
}
