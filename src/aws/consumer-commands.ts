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

/** What to do where a consumer is missing: the ARN of one that is registered again has another time at its end. */
export function registeredAgain(consumerArn: string, streamArn: string, region: string): string {
  const [, list] = consumerCommands(consumerArn, streamArn, region);
  return `A consumer that is registered again has another ARN, with the time of its registration at the end, and no policy yet. This shows the ARNs that there are: ${list}`;
}
