import { createHash } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Logger } from 'pino';
import { explainCall } from '../aws/call-error.js';
import { createSqsClient } from '../aws/clients.js';
import type { QueueUrl } from '../aws/queue-url.js';
import type { FailedRecord, FailureDestination } from './failed-record.js';
import { failureMessage } from './failure-message.js';

/** "Message size" (SQS Developer Guide, message quotas): 1 MiB, and less where the queue's MaximumMessageSize says so. */
const MAX_MESSAGE_BYTES = 1_048_576;
/** What SQS says of a message that is larger than the queue's MaximumMessageSize. */
const TOO_LARGE = /must be shorter than (\d+) bytes/;
/** A record that can't be sent stops the worker, so that a queue gets up to 13 s to come back. */
const MAX_ATTEMPTS = 8;
/** SQS API reference, SendMessage. */
const MAX_GROUP_ID_LENGTH = 128;

export interface FailureQueueOptions {
  queue: QueueUrl;
  /** Of the application; where the queue is, if its URL does not say. */
  region: string;
  logger: Logger;
}

/** Sends records that are given up to an SQS queue. The messages are described in docs/on-failure.md. */
export class FailureQueue implements FailureDestination {
  readonly #queue: QueueUrl;
  readonly #logger: Logger;
  readonly #client: SQSClient;

  constructor({ queue, region, logger }: FailureQueueOptions) {
    this.#queue = queue;
    this.#logger = logger;
    this.#client = createSqsClient({
      region: queue.region ?? region,
      endpoint: queue.endpoint,
      maxAttempts: MAX_ATTEMPTS,
    });
  }

  /**
   * A record that fits no message of the queue is sent without its data, which is logged as an error. Throttling and
   * lack of an answer are tried again.
   *
   * @throws AccessError if SQS does not take it, saying why and what to do; the signal's reason once that is aborted
   */
  async send(failed: FailedRecord, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const failedAt = new Date();
    const body = failureMessage(failed, failedAt);
    const bytes = Buffer.byteLength(body);
    let limit = MAX_MESSAGE_BYTES;
    if (bytes <= limit) {
      const refused = await this.#try(failed, body, signal);
      if (refused === undefined) return;
      limit = refused.limit;
    }
    const reason = `with its data the message would have ${bytes} bytes, and the queue takes ${limit}`;
    const refused = await this.#try(failed, failureMessage(failed, failedAt, reason), signal);
    if (refused !== undefined) throw this.#explain(failed, refused.error);
    this.#tellOmitted(failed, reason);
  }

  /** Closes the connections. */
  close(): void {
    this.#client.destroy();
  }

  /** @return SQS's refusal of a message for its size */
  async #try(
    failed: FailedRecord,
    body: string,
    signal: AbortSignal,
  ): Promise<{ limit: number; error: unknown } | undefined> {
    const command = new SendMessageCommand({
      QueueUrl: this.#queue.url,
      MessageBody: body,
      ...(this.#queue.fifo && {
        MessageGroupId: groupOf(failed),
        MessageDeduplicationId: deduplicationOf(failed),
      }),
    });
    try {
      await untilAborted(this.#client.send(command, { abortSignal: signal }), signal);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      const [, limit] = TOO_LARGE.exec((error as Error).message) ?? [];
      if (limit !== undefined) return { limit: Number(limit), error };
      throw this.#explain(failed, error);
    }
  }

  #explain({ stream, shard, record: { sequenceNumber, subSequenceNumber } }: FailedRecord, error: unknown) {
    const { url, arn, queueName } = this.#queue;
    return explainCall(error, {
      failure: `record ${sequenceNumber} (sub-sequence number ${subSequenceNumber}) of ${shard}, ${stream.arn}, can't be sent to the queue ${url}`,
      service: 'SQS',
      action: `sqs:SendMessage on ${arn?.arn ?? queueName}`,
      allowedBy: "This role's IAM policy, and the queue's policy too if it is another account's,",
      missing: {
        reason: 'there is no such queue',
        remedy: 'Check failureQueueUrl, its region and account included, or create the queue.',
      },
      endpointKey: 'AWS_ENDPOINT_URL_SQS',
    });
  }

  #tellOmitted({ stream, shard, record }: FailedRecord, reason: string): void {
    const { sequenceNumber, subSequenceNumber, data } = record;
    this.#logger.error(
      {
        stream: stream.arn,
        shard,
        sequenceNumber,
        subSequenceNumber,
        dataBytes: data.length,
        queue: this.#queue.url,
      },
      `a record that failed was sent to the queue without its data: ${reason}. Read it again at its sequence number, while the stream retains it`,
    );
  }
}

/** The records of a shard stay in order; other shards don't wait for them. A stream's name alone may be too long. */
function groupOf({ stream, shard }: FailedRecord): string {
  const group = `${stream.arn}/${shard}`;
  if (group.length <= MAX_GROUP_ID_LENGTH) return group;
  return `${group.slice(0, MAX_GROUP_ID_LENGTH - 65)}-${sha256(group)}`;
}

/** The same record is the same message: sent again within five minutes, SQS keeps one. */
function deduplicationOf({ stream, shard, record }: FailedRecord): string {
  return sha256(`${stream.arn} ${shard} ${record.sequenceNumber} ${record.subSequenceNumber}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The SDK sleeps between attempts whatever the signal says. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
