import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { ConsumerArn, StreamArn } from '../../../src/aws/arn.js';
import { type StreamLookup, streamLookups } from '../../../src/leases/lookup.js';

/** One stream, of which nothing is known yet. */
export function lookUp(kinesis: KinesisClient, stream: StreamArn, consumer?: ConsumerArn): StreamLookup {
  return streamLookups(kinesis, [{ stream, consumer }])[0] as StreamLookup;
}
