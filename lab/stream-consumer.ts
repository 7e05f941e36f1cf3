import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  RegisterStreamConsumerCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import type { Account } from './account.js';

const POLL_INTERVAL_MS = 50;

/** Registers an enhanced fan-out consumer of the account's stream, waits until it is ACTIVE and returns its ARN. */
export async function registerConsumer(account: Account, streamArn: string, name: string): Promise<string> {
  const { Consumer } = await account.kinesis.send(
    new RegisterStreamConsumerCommand({ StreamARN: streamArn, ConsumerName: name }),
  );
  const arn = Consumer?.ConsumerARN ?? '';
  while ((await statusOf(account, arn)) !== 'ACTIVE') await sleep(POLL_INTERVAL_MS);
  return arn;
}

/** Deregisters the consumer, and returns when it is gone. */
export async function deregisterConsumer(account: Account, arn: string): Promise<void> {
  await account.kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN: arn }));
  while ((await statusOf(account, arn)) !== undefined) await sleep(POLL_INTERVAL_MS);
}

async function statusOf(account: Account, arn: string): Promise<string | undefined> {
  try {
    const answer = await account.kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN: arn }));
    return answer.ConsumerDescription?.ConsumerStatus;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
