import type { StreamArn } from '../aws/arn.js';
import type { ReaderArn } from '../aws/reader-arn.js';

/**
 * How a stream moves from the AWS managed key, which nobody can share, to a key of its owner.
 *
 * @param command of this tool that shares the stream, without the key
 */
export function stepsToOwnKey(
  { arn, region }: StreamArn,
  reader: ReaderArn,
  retentionHours: number,
  command: string,
): string[] {
  const key = '<ARN of the new key>';
  return [
    `Make a key: aws kms create-key --region ${region} --description 'Kinesis stream ${arn.split('/')[1]}'`,
    'Let whoever writes to the stream use it: kms:GenerateDataKey for the producers, kms:Decrypt for the readers of your own account.',
    `Let the reader use it: ${command} --key-arn '${key}'`,
    `Move the stream: aws kinesis start-stream-encryption --region ${region} --stream-arn ${arn} --encryption-type KMS --key-id '${key}'`,
    `Wait ${retentionHours} hours, the stream's retention period: records that were put before stay under the old key until they expire, and ${reader.name} can't read them. Or let it begin after the move, with initialPositionInStreamExtended.`,
  ];
}
