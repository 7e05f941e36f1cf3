import { option, shellCommand } from '../errors/shell-command.js';
import { parseStreamArn } from './arn.js';

/**
 * How the owner looks whether a consumer is there, and which there are. A consumer's policy is deleted with it, so that
 * its reader is denied access in either case.
 *
 * @throws ArnError if `streamArn` is no stream's ARN
 */
export function consumerCommands(
  streamArn: string,
  consumerArn: string,
): { readonly describe: string; readonly list: string } {
  const region = option('--region', parseStreamArn(streamArn).region);
  const kinesis = (...argv: string[]) => shellCommand(['aws', 'kinesis', ...argv, ...region]);
  return {
    describe: kinesis('describe-stream-consumer', ...option('--consumer-arn', consumerArn)),
    list: kinesis('list-stream-consumers', ...option('--stream-arn', streamArn)),
  };
}
