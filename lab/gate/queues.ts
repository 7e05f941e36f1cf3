import { createHash, randomUUID } from 'node:crypto';
import { AwsError } from './aws-error.js';
import { parseValidPolicy } from './policy-text.js';

export interface QueueOptions {
  /** In bytes, 1 MiB unless given. */
  maximumMessageSize?: number;
  /** Its name must end in `.fifo`. */
  fifo?: boolean;
}

/** A message that is in a queue. */
export interface LabMessage {
  readonly id: string;
  readonly body: string;
  readonly sentAt: Date;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  /** How often it was handed out. */
  receiveCount: number;
}

export interface MessageToSend {
  readonly body: string;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

interface Held extends LabMessage {
  /** From then on it is handed out again, in ms since 1970. */
  visibleAt: number;
  receiptHandle?: string;
}

/** "The message deduplication ID" (SQS Developer Guide). */
const DEDUPLICATION_MS = 5 * 60_000;
/** SQS API reference, SendMessage. */
const ID = /^[!-~]{1,128}$/;

/** A queue, and what is in it. */
export class LabQueue {
  readonly arn: string;
  /** In AWS's form; the gate is reached by its endpoint. */
  readonly url: string;
  readonly account: string;
  readonly name: string;
  readonly fifo: boolean;
  maximumMessageSize: number;
  /** Of the key that it says it is encrypted with; it asks for none. */
  kmsMasterKeyId: string | undefined;
  #policy: string | undefined;
  #messages: Held[] = [];
  readonly #sent = new Map<string, { id: string; at: number }>();

  constructor(
    account: string,
    region: string,
    name: string,
    { maximumMessageSize = 1_048_576, fifo = false }: QueueOptions,
  ) {
    if (fifo !== name.endsWith('.fifo')) throw new Error(`fifo is ${fifo}, for a queue called ${name}`);
    this.arn = `arn:aws:sqs:${region}:${account}:${name}`;
    this.url = `https://sqs.${region}.amazonaws.com/${account}/${name}`;
    this.account = account;
    this.name = name;
    this.fifo = fifo;
    this.maximumMessageSize = maximumMessageSize;
  }

  /** The queue's own policy, as text; without one it is its account's alone. */
  get policy(): string | undefined {
    return this.#policy;
  }

  /** @throws PolicyError for one that can't be evaluated */
  set policy(text: string | undefined) {
    const what = `the policy of ${this.arn}`;
    if (text !== undefined) parseValidPolicy(text, 'resource-based', what);
    this.#policy = text;
  }

  /** Oldest first; those that were handed out too, until they are deleted. */
  get messages(): readonly LabMessage[] {
    return this.#messages;
  }

  /**
   * @return the message's id; of one that was sent before, within five minutes, its id again
   * @throws AwsError
   */
  send({ body, groupId, deduplicationId }: MessageToSend): string {
    this.#validate({ body, groupId, deduplicationId });
    const now = Date.now();
    const before = deduplicationId === undefined ? undefined : this.#sent.get(deduplicationId);
    if (before !== undefined && now - before.at < DEDUPLICATION_MS) return before.id;
    const id = randomUUID();
    if (deduplicationId !== undefined) this.#sent.set(deduplicationId, { id, at: now });
    this.#messages.push({
      id,
      body,
      sentAt: new Date(now),
      ...(groupId !== undefined && { groupId }),
      ...(deduplicationId !== undefined && { deduplicationId }),
      receiveCount: 0,
      visibleAt: now,
    });
    return id;
  }

  /** Those that are visible; of a group of a FIFO queue none while one is handed out. */
  receive(most: number, visibilitySeconds: number): { message: LabMessage; receiptHandle: string }[] {
    const now = Date.now();
    const held = new Set(
      this.#messages.flatMap(({ groupId, visibleAt }) => (this.fifo && visibleAt > now ? [groupId] : [])),
    );
    return this.#messages
      .filter(({ visibleAt, groupId }) => visibleAt <= now && !held.has(groupId ?? ''))
      .slice(0, most)
      .map((message) => {
        const receiptHandle = randomUUID();
        message.receiptHandle = receiptHandle;
        message.visibleAt = now + visibilitySeconds * 1000;
        message.receiveCount++;
        return { message, receiptHandle };
      });
  }

  delete(receiptHandle: string): void {
    this.#messages = this.#messages.filter((message) => message.receiptHandle !== receiptHandle);
  }

  #validate({ body, groupId, deduplicationId }: MessageToSend): void {
    if (body === '') throw missing('MessageBody');
    if (Buffer.byteLength(body) > this.maximumMessageSize) {
      throw new AwsError(
        'InvalidParameterValueException',
        `One or more parameters are invalid. Reason: Message must be shorter than ${this.maximumMessageSize} bytes.`,
      );
    }
    if (!/^[\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u.test(body)) {
      throw new AwsError('InvalidMessageContents', 'Message contains characters outside the allowed set.');
    }
    if (!this.fifo) {
      if (deduplicationId !== undefined) {
        throw invalid(
          'MessageDeduplicationId',
          'The request includes a parameter that is not valid for this queue type',
        );
      }
      return;
    }
    if (groupId === undefined) throw missing('MessageGroupId');
    if (deduplicationId === undefined) {
      throw new AwsError(
        'InvalidParameterValueException',
        'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
      );
    }
    for (const [name, value] of Object.entries({
      MessageGroupId: groupId,
      MessageDeduplicationId: deduplicationId,
    })) {
      if (!ID.test(value)) {
        throw invalid(
          name,
          `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
        );
      }
    }
  }
}

/** The queues of the lab's SQS. */
export class Queues {
  readonly #queues = new Map<string, LabQueue>();

  create(account: string, region: string, name: string, options: QueueOptions = {}): LabQueue {
    const queue = new LabQueue(account, region, name, options);
    this.#queues.set(queue.arn, queue);
    return queue;
  }

  /** By ARN. Undefined for one that does not exist, or was deleted. */
  find(arn: string): LabQueue | undefined {
    return this.#queues.get(arn);
  }

  delete(arn: string): void {
    this.#queues.delete(arn);
  }
}

export const md5 = (text: string) => createHash('md5').update(text).digest('hex');

function missing(parameter: string): AwsError {
  return new AwsError('MissingParameter', `The request must contain the parameter ${parameter}.`);
}

function invalid(parameter: string, reason: string): AwsError {
  return new AwsError(
    'InvalidParameterValueException',
    `Value for parameter ${parameter} is invalid. Reason: ${reason}`,
  );
}
