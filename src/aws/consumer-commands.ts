import { option, shellCommand } from '../errors/shell-command.js';

/**
 * The owner's commands that show whether a consumer exists: its policy is deleted with it, so that the reader is denied
 * access either way.
 *
 * @param region the stream's
 */
export function consumerCommands(consumerArn: string, streamArn: string, region: string): [string, string] {
  const inRegion = option('--region', region);
  return [
    shellCommand([
      ...['aws', 'kinesis', 'describe-stream-consumer', ...option('--consumer-arn', consumerArn)],
      ...inRegion,
    ]),
    shellCommand([
      ...['aws', 'kinesis', 'list-stream-consumers', ...option('--stream-arn', streamArn)],
      ...inRegion,
    ]),
  ];
}
