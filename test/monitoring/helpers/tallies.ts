import { parseStreamArn, type StreamArn } from '../../../src/aws/arn.js';
import { ShardTally } from '../../../src/monitoring/shard-tally.js';
import { STREAM } from '../../helpers/stream.js';

export const PAYMENTS = parseStreamArn('arn:aws:kinesis:eu-west-1:333333333333:stream/payments');

export function shardName(number: number): string {
  return `shardId-${String(number).padStart(12, '0')}`;
}

/** A shard that is read here, and what tells of it. */
export function heldTally(number = 0, stream: StreamArn = STREAM) {
  const tally = new ShardTally(stream, shardName(number));
  return { tally, observer: tally.taken() };
}
