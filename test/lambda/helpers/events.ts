import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { InvocationContext } from '../../../src/lambda/invocation.js';

export const STREAM_ARN = 'arn:aws:kinesis:us-east-1:111111111111:stream/orders';
export const CONSUMER_ARN = `${STREAM_ARN}/consumer/shared:1795572804`;
export const SHARD = 'shardId-000000000003';

export interface RecordFields {
  sequenceNumber?: string;
  partitionKey?: string;
  data?: Uint8Array;
  shard?: string;
  arn?: string;
}

/** A record as Lambda hands it over. */
export function streamRecord({
  sequenceNumber = '1',
  partitionKey = 'key',
  data = Buffer.from('data'),
  shard = SHARD,
  arn = STREAM_ARN,
}: RecordFields = {}): KinesisStreamRecord {
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber,
      data: Buffer.from(data).toString('base64'),
      approximateArrivalTimestamp: 1_545_084_650.987,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shard}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::222222222222:role/orders-reader',
    awsRegion: 'us-east-1',
    eventSourceARN: arn,
  };
}

/** Records with the sequence numbers 1 to `count`. */
export function eventOf(count: number, fields: RecordFields = {}): KinesisStreamEvent {
  return {
    Records: Array.from({ length: count }, (_, index) =>
      streamRecord({ sequenceNumber: String(index + 1), ...fields }),
    ),
  };
}

/** Of an invocation that may last so long from now on. */
export function contextOf(timeoutMs = 60_000): InvocationContext {
  const deadline = Date.now() + timeoutMs;
  return { awsRequestId: 'request-1', getRemainingTimeInMillis: () => deadline - Date.now() };
}
