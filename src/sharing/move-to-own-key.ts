import { option, shellCommand } from '../errors/shell-command.js';
import { policyCommand } from '../policy/policy-command.js';
import type { ShareRequest } from '../policy/read-request.js';

/** How a stream moves from the AWS managed key, which nobody can share, to a key of its owner. */
export function stepsToOwnKey(request: ShareRequest, retentionHours: number): string[] {
  const { stream, reader } = request;
  const key = '<ARN of the new key>';
  const create = shellCommand([
    ...['aws', 'kms', 'create-key', ...option('--region', stream.region)],
    ...option('--description', `Kinesis stream ${stream.streamName}`),
  ]);
  const move = shellCommand([
    ...['aws', 'kinesis', 'start-stream-encryption', ...option('--region', stream.region)],
    ...[...option('--stream-arn', stream.arn), '--encryption-type', 'KMS', ...option('--key-id', key)],
  ]);
  return [
    `Make a key: ${create}`,
    'Let whoever writes to the stream use it: kms:GenerateDataKey for the producers, kms:Decrypt for the readers of your own account.',
    `Let the reader use it: ${policyCommand('apply', { ...request, key: { arn: key } })}`,
    `Move the stream: ${move}`,
    `Wait ${retentionHours} hours, the stream's retention period: records that were put before stay under the old key until they expire, and ${reader.name} can't read them. Or let it begin after the move, with initialPositionInStreamExtended.`,
  ];
}
