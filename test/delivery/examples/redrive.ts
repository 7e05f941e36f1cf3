import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type FailureMessage, type KinesisRecord, parseFailureMessage } from '../../../src/index.js';

/** Handles what is in the queue again. What fails once more stays in it, and is received again later. */
export async function redrive(
  sqs: SQSClient,
  kinesis: KinesisClient,
  QueueUrl: string,
  handle: (record: KinesisRecord, message: FailureMessage) => Promise<void>,
): Promise<void> {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    if (Messages.length === 0) return;
    for (const { Body = '', ReceiptHandle } of Messages) {
      try {
        const message = parseFailureMessage(Body);
        await handle(message.record ?? (await readAgain(kinesis, message)), message);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      } catch (error) {
        console.error('stays in the queue:', error);
      }
    }
  }
}

/** A record that fitted no message, from the stream; of a KPL aggregate it would be the whole aggregate. */
async function readAgain(kinesis: KinesisClient, message: FailureMessage): Promise<KinesisRecord> {
  const { stream, shard, position, partitionKey } = message;
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({
      StreamARN: stream.arn,
      ShardId: shard,
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      StartingSequenceNumber: position.sequenceNumber,
    }),
  );
  const { Records: [found] = [] } = await kinesis.send(
    new GetRecordsCommand({ StreamARN: stream.arn, ShardIterator, Limit: 1 }),
  );
  if (found?.SequenceNumber !== position.sequenceNumber || found.Data?.length !== message.dataBytes) {
    throw new Error(`${position.sequenceNumber} of ${shard} is not in the stream any more, or an aggregate`);
  }
  return {
    ...position,
    partitionKey,
    data: Buffer.from(found.Data),
    approximateArrivalTimestamp: found.ApproximateArrivalTimestamp,
  };
}
