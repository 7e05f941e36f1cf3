import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import type { KinesisStreamEvent } from 'aws-lambda';

export interface EventOrigin {
  /** The mapping's: of the stream, or of the consumer. */
  readonly eventSourceArn: string;
  readonly shard: string;
  /** The function's execution role. */
  readonly roleArn: string;
}

/** Lambda Developer Guide, "Using Lambda to process records from Amazon Kinesis Data Streams": the example event. */
export function toLambdaEvent(
  records: readonly KinesisRecord[],
  { eventSourceArn, shard, roleArn }: EventOrigin,
): KinesisStreamEvent {
  const [, , , awsRegion = ''] = eventSourceArn.split(':');
  return {
    Records: records.map(({ SequenceNumber = '', PartitionKey, Data, ApproximateArrivalTimestamp }) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        // The types do not know a record without one.
        partitionKey: (PartitionKey ?? null) as string,
        sequenceNumber: SequenceNumber,
        data: Buffer.from(Data ?? []).toString('base64'),
        approximateArrivalTimestamp: (ApproximateArrivalTimestamp?.getTime() ?? 0) / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shard}:${SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: roleArn,
      awsRegion,
      eventSourceARN: eventSourceArn,
    })),
  };
}
