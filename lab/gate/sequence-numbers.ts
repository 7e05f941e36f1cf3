import { GetShardIteratorCommand, type KinesisClient, type Shard } from '@aws-sdk/client-kinesis';
import { parseStreamArn } from '../../src/aws/arn.js';
import { isFields } from '../iam/api-call.js';
import { AwsError } from './aws-error.js';
import type { KinesisCall } from './kinesis-call.js';
import type { Answer } from './wire.js';

/**
 * Refuses a position of another stream, as Kinesis does; kinesis-local takes every number. What is behind the newest
 * record passes: for that Kinesis has another answer.
 *
 * @param shardsOf lists the shards of a stream, by its ARN
 * @throws AwsError
 */
export async function checkSequenceNumber(
  shardsOf: (streamArn: string) => Promise<readonly Shard[]>,
  { operation, fields, resource }: KinesisCall,
): Promise<void> {
  const number = isFields(fields.StartingPosition)
    ? fields.StartingPosition.SequenceNumber
    : fields.StartingSequenceNumber;
  if (typeof number !== 'string' || !/^\d+$/.test(number)) return;
  const stream = parseStreamArn(resource.replace(/\/consumer\/.*/, ''));
  const shards = await shardsOf(stream.arn);
  const first = shards.find(({ ShardId }) => ShardId === fields.ShardId)?.SequenceNumberRange
    ?.StartingSequenceNumber;
  if (first === undefined || BigInt(number) >= BigInt(first)) return;
  throw new AwsError(
    'InvalidArgumentException',
    `StartingSequenceNumber ${number} used in ${operation} on shard ${fields.ShardId} in stream ${stream.streamName} under account ${stream.account} is invalid because it did not come from this stream.`,
  );
}

/** Whether the emulator does not find the record of a position, as when it has expired. */
export function isExpired({ status, body }: Answer & { body: Buffer }): boolean {
  return status === 400 && body.includes('Unable to find record with provided SequenceNumber');
}

/** Where the record of a position has expired, Kinesis continues at the oldest one that it retains. */
export async function fromOldest(
  client: KinesisClient,
  { fields, resource: StreamARN, wire, operation }: KinesisCall,
): Promise<Answer & { body: Buffer }> {
  const oldest = { StreamARN, ShardId: String(fields.ShardId), ShardIteratorType: 'TRIM_HORIZON' } as const;
  const { ShardIterator } = await client.send(new GetShardIteratorCommand(oldest));
  const { body, ...answer } = wire.encode({ ShardIterator }, `Kinesis_20131202.${operation}`);
  return { ...answer, body: Buffer.from(body) };
}

/** Continues behind a record. */
export async function iteratorAfter(
  client: KinesisClient,
  StreamARN: string,
  ShardId: string,
  StartingSequenceNumber: string,
): Promise<string | undefined> {
  const type = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' } as const;
  const command = new GetShardIteratorCommand({ StreamARN, ShardId, StartingSequenceNumber, ...type });
  return (await client.send(command)).ShardIterator;
}
