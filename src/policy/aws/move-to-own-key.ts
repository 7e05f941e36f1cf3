import type { StreamArn } from '../../aws/arn.js';
import { option, shellCommand } from '../../errors/shell-command.js';
import { policyCommand } from '../policy-command.js';
import type { ShareRequest } from '../read-request.js';

/** Of the key that it moves to, in commands: it does not exist yet. */
const NEW_KEY = '<ARN of the new key>';

/** The aws commands that make a key of the owner's, and move the stream to it. */
export function moveCommands({ arn, region, streamName }: StreamArn): { create: string; move: string } {
  return {
    create: shellCommand([
      ...['aws', 'kms', 'create-key', ...option('--region', region)],
      ...option('--description', `Kinesis stream ${streamName}`),
    ]),
    move: shellCommand([
      ...['aws', 'kinesis', 'start-stream-encryption', ...option('--region', region)],
      ...[...option('--stream-arn', arn), '--encryption-type', 'KMS', ...option('--key-id', NEW_KEY)],
    ]),
  };
}

/** How a stream moves from the AWS managed key, which nobody can share, to a key of its owner. */
export function stepsToOwnKey(request: ShareRequest, retentionHours: number): string[] {
  const { stream, reader } = request;
  const { create, move } = moveCommands(stream);
  return [
    `Make a key: ${create}`,
    'Let whoever writes to the stream use it: kms:GenerateDataKey for the producers, kms:Decrypt for the readers of your own account.',
    `Let the reader use it: ${policyCommand('apply', { ...request, key: { arn: NEW_KEY } })}`,
    `Move the stream: ${move}`,
    `Wait ${retentionHours} hours, the stream's retention period: records that were put before stay under the old key until they expire, and ${reader.name} can't read them. Or let it begin after the move, with initialPositionInStreamExtended.`,
  ];
}
