import { type Fields, isFields } from '../iam/api-call.js';
import { AwsError } from './aws-error.js';
import { type LabMessage, type LabQueue, md5, type Queues } from './queues.js';

/**
 * What SQS answers to a call that is allowed, for the calls of this project and of those who read its messages. The
 * resource is the queue's ARN.
 *
 * @throws AwsError
 */
export function answerSqs(operation: string, fields: Fields, queueArn: string, queues: Queues): object {
  const queue = queues.find(queueArn);
  if (queue === undefined) {
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
  }
  switch (operation) {
    case 'SendMessage':
      return send(queue, fields);
    case 'SendMessageBatch':
      return sendBatch(queue, fields);
    case 'ReceiveMessage':
      return receive(queue, fields);
    case 'DeleteMessage':
      queue.delete(String(fields.ReceiptHandle));
      return {};
    default:
      return attributes(queue, fields);
  }
}

function send(queue: LabQueue, fields: Fields) {
  const body = textOf(fields.MessageBody) ?? '';
  const MessageId = queue.send({
    body,
    groupId: textOf(fields.MessageGroupId),
    deduplicationId: textOf(fields.MessageDeduplicationId),
  });
  return { MessageId, MD5OfMessageBody: md5(body) };
}

/** "SendMessageBatch": each entry by itself is taken or refused. */
function sendBatch(queue: LabQueue, { Entries: given }: Fields): object {
  const entries = Array.isArray(given) ? given.filter(isFields) : [];
  if (entries.length === 0) {
    throw new AwsError(
      'EmptyBatchRequest',
      'There should be at least one SendMessageBatchRequestEntry in the request.',
    );
  }
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...send(queue, entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

/** At once: it does not wait for messages. */
function receive(queue: LabQueue, fields: Fields): object {
  const most = numberOf(fields.MaxNumberOfMessages, 1);
  if (most < 1 || most > 10) {
    throw new AwsError(
      'InvalidParameterValueException',
      `Value ${most} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
    );
  }
  const received = queue.receive(most, numberOf(fields.VisibilityTimeout, 30));
  return {
    Messages: received.map(({ message, receiptHandle }) => ({
      MessageId: message.id,
      ReceiptHandle: receiptHandle,
      Body: message.body,
      MD5OfBody: md5(message.body),
      Attributes: systemAttributes(message),
    })),
  };
}

function systemAttributes({ sentAt, receiveCount, groupId, deduplicationId }: LabMessage) {
  return {
    SentTimestamp: String(sentAt.getTime()),
    ApproximateReceiveCount: String(receiveCount),
    ...(groupId !== undefined && { MessageGroupId: groupId }),
    ...(deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
  };
}

function attributes(queue: LabQueue, { AttributeNames: names }: Fields): object {
  const asked = Array.isArray(names) ? names : [];
  const all: Record<string, string> = {
    QueueArn: queue.arn,
    MaximumMessageSize: String(queue.maximumMessageSize),
    ApproximateNumberOfMessages: String(queue.messages.length),
    ...(queue.fifo && { FifoQueue: 'true' }),
    ...(queue.kmsMasterKeyId !== undefined && { KmsMasterKeyId: queue.kmsMasterKeyId }),
    ...(queue.policy !== undefined && { Policy: queue.policy }),
  };
  return {
    Attributes: Object.fromEntries(
      Object.entries(all).filter(([name]) => asked.includes('All') || asked.includes(name)),
    ),
  };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
const numberOf = (value: unknown, standard: number) => (typeof value === 'number' ? value : standard);
