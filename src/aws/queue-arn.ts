import { arnError, splitArn } from './arn.js';
import { partitionOf } from './partition.js';

/** The ARN of an SQS queue. */
export interface QueueArn {
  readonly arn: string;
  readonly partition: string;
  readonly region: string;
  /** The 12 digits of the account that owns the queue. */
  readonly account: string;
  readonly queueName: string;
}

const FORM = 'arn:aws:sqs:<region>:<12-digit account>:<queue name>';
/** SQS API reference, CreateQueue; FIFO queues end in `.fifo`. */
export const QUEUE_NAME = /^(?:[\w-]{1,80}|(?=.{6,80}$)[\w-]+\.fifo)$/;

/** @throws ArnError */
export function parseQueueArn(text: string): QueueArn {
  const { partition, region, account, resource } = splitArn(text, 'sqs', FORM);
  if (!QUEUE_NAME.test(resource)) {
    throw arnError(
      text,
      `the queue name '${resource}' is not 1-80 of a-z A-Z 0-9 _ -, with .fifo at its end for a FIFO queue`,
      FORM,
    );
  }
  return { arn: text, partition, region, account, queueName: resource };
}

/** The ARN of a queue of which account, name and region are known; the region tells the partition. */
export function toQueueArn(queue: { account: string; queueName: string; region: string }): QueueArn {
  const { account, queueName, region } = queue;
  return parseQueueArn(`arn:${partitionOf(region).name}:sqs:${region}:${account}:${queueName}`);
}
