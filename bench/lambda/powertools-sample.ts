/** What powertools' documentation shows for a Kinesis stream, to compare with. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';

const processor = new BatchProcessor(EventType.KinesisDataStreams);

const recordHandler = async ({ kinesis }: KinesisStreamRecord): Promise<void> => {
  JSON.parse(Buffer.from(kinesis.data, 'base64').toString());
};

export const handler = async (event: KinesisStreamEvent, context: Context) =>
  processPartialResponse(event, recordHandler, processor, { context });
